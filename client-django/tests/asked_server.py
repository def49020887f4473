"""What tests ask a server that runs as a process of its own."""

import re
from contextlib import suppress

import httpx


def is_up(http: httpx.Client) -> bool:
    """Whether the server answers that it is ready."""
    with suppress(httpx.TransportError):
        return http.get("/readyz").status_code == 200
    return False


def port_of(server: httpx.Client) -> int:
    assert server.base_url.port
    return server.base_url.port


def metric(server: httpx.Client, name: str) -> float:
    """The value of a metric, named with its labels; 0 if the server does not have it yet."""
    found = re.search(rf"^{re.escape(name)} (\S+)$", server.get("/metrics").text, re.MULTILINE)
    return float(found[1]) if found else 0
