"""Loads a realistic catalogue and a demo account through the client service's public API."""
