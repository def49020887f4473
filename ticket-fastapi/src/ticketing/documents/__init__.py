"""PDF documents of bookings: the confirmation and the notice (docs/booking.md, step 8)."""
