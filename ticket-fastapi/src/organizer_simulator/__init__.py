"""Simulator of the organizers' own systems: each organizer's seats can be held and released over HTTP (DESIGN 4 and 6)."""
