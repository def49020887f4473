"""The folders of the collection, one module each."""
