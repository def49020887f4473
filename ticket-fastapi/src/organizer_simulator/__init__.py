"""Simulator of the organizers' own systems: it holds and releases seats over HTTP (DESIGN 4 and 6)."""
