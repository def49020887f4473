"""The list of bookings and the link to one booking, for buyers and staff."""
