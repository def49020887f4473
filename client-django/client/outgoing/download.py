"""Downloads a document from the object store, within a deadline and up to a size."""

from collections.abc import Mapping

import httpx

from client.outgoing.deadline import CONNECT_SECONDS, DeadlineTransport, within


class DownloadError(Exception):
    """The store did not answer in time, refused, or sent too many bytes."""


def download(address: str, *, headers: Mapping[str, str], seconds: float, limit: int) -> bytes:
    """Returns the stored body. Reads at most `limit` bytes. Raises DownloadError."""
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
