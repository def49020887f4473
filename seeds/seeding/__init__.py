"""A believable catalogue and a demo account, loaded through the client service's public API (DESIGN 8 and 9)."""
