"""Rules of holds and of chance, apart from HTTP and SQL."""
