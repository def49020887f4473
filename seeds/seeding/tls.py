"""Whom the seeds trust over TLS."""

import ssl
from functools import cache

import httpx


@cache
def trusted_authorities() -> ssl.SSLContext:
    """httpx's own, read once: a client would read them anew each time, for tens of milliseconds."""
    return httpx.create_ssl_context()
