"""What a buyer does with a seat map: choosing seats, asking for them, queueing for a taken one."""
