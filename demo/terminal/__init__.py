"""The narrated run in the terminal."""
