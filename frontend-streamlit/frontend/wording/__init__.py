"""What everything is called in front of people: states, reasons, errors, money, times and seats. Draws nothing."""
