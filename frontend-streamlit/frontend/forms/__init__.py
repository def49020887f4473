"""One action of a person at a time: its fields, its button while it is busy, its request sent once, its outcome."""
