"""The client service as the dashboard calls it: calls, answers, errors, tokens, and its outages."""
