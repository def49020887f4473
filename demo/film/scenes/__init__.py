"""What the film shows, in its order."""
