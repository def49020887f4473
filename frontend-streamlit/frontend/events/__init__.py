"""The public catalogue: events, whether they are on sale, and their seat maps."""
