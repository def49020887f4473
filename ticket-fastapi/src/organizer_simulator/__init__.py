"""Simulates the organizers' own systems, which hold and release seats (DESIGN sections 4 and 6)."""
