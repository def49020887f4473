"""Simulates the organizers' own systems, which hold and release seats (docs/booking.md)."""
