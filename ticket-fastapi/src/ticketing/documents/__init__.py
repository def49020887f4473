"""PDF documents of bookings: the confirmation and the notice (DESIGN 4, step 8)."""
