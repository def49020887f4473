"""Pieces of the screen that several pages share, and their browser scripts. Calls no service."""
