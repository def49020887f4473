"""Forms: fields, a button that shows that it is busy, a request that is sent once, and its outcome."""
