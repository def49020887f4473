"""The rules of DESIGN section 10, each a function from a snapshot to the violations that it shows."""
