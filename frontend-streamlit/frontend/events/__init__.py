"""The public catalogue: events, their sale, and their seat maps."""
