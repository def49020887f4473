"""Who is looking: signing in and out, the cookie that outlives a refresh, and the person's view of the service."""
