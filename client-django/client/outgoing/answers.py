"""Reads the answers of other services up to a size."""

from http.client import HTTPResponse

PIECE = 64 * 1024


class UnusableAnswerError(Exception):
    """The answer is longer than it may be, or compressed: a few bytes could become any number."""


def read_whole(response: HTTPResponse, *, most_bytes: int) -> bytes:
    """Returns the body. Raises UnusableAnswerError, and HTTPException if the body ends too early."""
    encoding = response.headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        raise UnusableAnswerError(f"compressed ({encoding[:20]}) although that was not accepted")
    if response.length is not None and response.length <= most_bytes:
        return response.read()
    received = bytearray()
    while piece := response.read1(PIECE):
        received += piece
        if len(received) > most_bytes:
            raise UnusableAnswerError(f"more than {most_bytes} bytes")
    return bytes(received)
