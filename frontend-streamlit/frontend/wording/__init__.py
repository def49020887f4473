"""The words for people: states, reasons, errors, money, times and seats. Draws nothing."""
