"""What a buyer does with a seat map: choose seats, book them, queue for a taken seat."""
