"""The signed-in person: signing in and out, the cookie that survives a refresh, and the calls in the person's name."""
