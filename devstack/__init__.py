"""The workbench: starts, checks and tests the platform on a bare machine (DESIGN sections 7 and 8)."""
