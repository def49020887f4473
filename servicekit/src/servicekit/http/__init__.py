"""Calls to other systems over HTTP: bounded in time and size, and to allowed addresses only."""
