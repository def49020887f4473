"""Bookings as a list, and the way to one of them; for buyers and for staff."""
