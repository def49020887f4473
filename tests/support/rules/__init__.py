"""The rules of docs/booking.md, each a function from a snapshot to the violations that it shows."""
