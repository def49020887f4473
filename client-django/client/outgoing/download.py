"""Fetching a document from the object store: within a deadline, up to a size."""

from collections.abc import Mapping

import httpx

from client.outgoing.deadline import CONNECT_SECONDS, DeadlineTransport, within


class DownloadError(Exception):
    """The store does not answer in time, refuses, or sends more than it may."""


def download(address: str, *, headers: Mapping[str, str], seconds: float, limit: int) -> bytes:
    """The body as it is stored; at most `limit` bytes are read."""
    timeout = httpx.Timeout(seconds, connect=CONNECT_SECONDS)
    received = bytearray()
    try:
        with (
            within(seconds),
            httpx.Client(transport=DeadlineTransport(limits=httpx.Limits()), timeout=timeout) as client,
            client.stream("GET", address, headers={"Accept-Encoding": "identity", **headers}) as response,
        ):
            response.raise_for_status()
            for chunk in response.iter_raw():
                received += chunk
                if len(received) > limit:
                    raise DownloadError(f"more than {limit} bytes")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise DownloadError(repr(error)) from error
    return bytes(received)
