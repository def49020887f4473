"""Downloads a document from the object store, within a deadline and up to a size."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from client.outgoing.answers import UnusableAnswerError
from client.outgoing.connection import PORTS
from client.outgoing.deadline import within
from client.outgoing.exchange import NoAnswerError, UnusableAddressError, connections_to


class DownloadError(Exception):
    """The store did not answer in time, refused, or sent too many bytes."""


def download(address: str, *, headers: Mapping[str, str], seconds: float, limit: int) -> bytes:
    """Returns the stored body. Reads at most `limit` bytes. Raises DownloadError."""
    try:
        url = urlsplit(address)
        if url.scheme not in PORTS or not url.hostname:
            raise DownloadError("not an address of HTTP")
        target = url._replace(scheme="", netloc="", fragment="", path=url.path or "/").geturl()
        with within(seconds):
            answer = connections_to(f"{url.scheme}://{url.netloc}").exchange(
                "GET", target, headers={"Accept-Encoding": "identity", **headers}, body=None, most_bytes=limit
            )
    except (NoAnswerError, UnusableAnswerError, UnusableAddressError, ValueError) as error:
        raise DownloadError(repr(error)) from error
    if not answer.is_success:
        raise DownloadError(f"answered {answer.status}")
    return answer.content
