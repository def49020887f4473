"""Reads the answers of other services up to a size, piece by piece."""

import httpx


class UnusableAnswerError(Exception):
    """The answer is longer than it may be, or compressed: a few bytes could become any number."""


def read_whole(response: httpx.Response, *, most_bytes: int) -> bytes:
    """Returns the body of a streamed response. Raises UnusableAnswerError; the connection is then closed."""
    encoding = response.headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        raise UnusableAnswerError(f"compressed ({encoding[:20]}) although that was not accepted")
    received = bytearray()
    for piece in response.iter_raw():
        received += piece
        if len(received) > most_bytes:
            raise UnusableAnswerError(f"more than {most_bytes} bytes")
    return bytes(received)
