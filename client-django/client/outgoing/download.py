"""Downloads a document from the object store, within a deadline and up to a size."""

from collections.abc import Mapping
from functools import cache

import httpx

from client.outgoing.answers import UnusableAnswerError, read_whole
from client.outgoing.deadline import CONNECT_SECONDS, DeadlineTransport, within


class DownloadError(Exception):
    """The store did not answer in time, refused, or sent too many bytes."""


@cache
def _http_client() -> httpx.Client:
    """Returns the process's client: a new one for each download costs more time than the download."""
    limits = httpx.Limits(max_connections=20, max_keepalive_connections=5, keepalive_expiry=3.0)
    return httpx.Client(transport=DeadlineTransport(limits=limits))


def download(address: str, *, headers: Mapping[str, str], seconds: float, limit: int) -> bytes:
    """Returns the stored body. Reads at most `limit` bytes. Raises DownloadError."""
    timeout = httpx.Timeout(seconds, connect=CONNECT_SECONDS)
    try:
        with (
            within(seconds),
            _http_client().stream(
                "GET", address, headers={"Accept-Encoding": "identity", **headers}, timeout=timeout
            ) as response,
        ):
            response.raise_for_status()
            return read_whole(response, most_bytes=limit)
    except (httpx.HTTPError, httpx.InvalidURL, UnusableAnswerError) as error:
        raise DownloadError(repr(error)) from error
