"""Builds the Postman collection and its environments from short Python descriptions (`python -m postman.build`)."""
