"""Calls the client service: requests, answers, errors, tokens, and outages."""
