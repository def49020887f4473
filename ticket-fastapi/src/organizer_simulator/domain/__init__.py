"""The rules of holds and of chance, without HTTP and SQL."""
