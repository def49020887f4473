"""What staff do with an event: choose, create and change it, edit its seats, and end its sale."""
