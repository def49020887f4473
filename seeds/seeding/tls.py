"""The certificate authorities that the seeds trust."""

import ssl
from functools import cache

import httpx


@cache
def trusted_authorities() -> ssl.SSLContext:
    """Returns httpx's authorities, loaded once; each client would load them again, which takes tens of milliseconds."""
    return httpx.create_ssl_context()
