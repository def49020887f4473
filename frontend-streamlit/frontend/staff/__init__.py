"""What staff do with an event: choosing, making and changing it, its seats, and the end of its sale."""
