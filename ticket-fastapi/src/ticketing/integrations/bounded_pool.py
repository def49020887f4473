"""Connections for a client that blocks, whose answers are bounded in size.

urllib3 reads the whole of an answer, whatever its size, and decompresses it. These connections end an answer that is
larger than `MOST_BYTES` or compressed, which urllib3 reports as an error of the connection.
"""

from __future__ import annotations

from http.client import HTTPException, HTTPResponse

from servicekit.http.calls import MOST_BYTES
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection


def bound(pool: PoolManager) -> PoolManager:
    """Makes all connections that the pool opens from now on bounded; returns the pool."""
    pool.pool_classes_by_scheme = {"http": _PlainPool, "https": _EncryptedPool}
    return pool


class _Answer(HTTPResponse):
    _taken = 0

    def begin(self) -> None:
        """Reads status and headers; refuses an answer that is compressed, since its size is not known before."""
        super().begin()
        if self.headers.get("content-encoding", "identity").lower() != "identity":
            raise HTTPException("the answer is compressed")

    def read(self, amt: int | None = None) -> bytes:
        """Reads as much as is asked for; refuses to read more than `MOST_BYTES` in all."""
        left = MOST_BYTES - self._taken
        if amt is None and self.length is not None and self.length <= left:
            # Only a read without an amount finds that a body is shorter than its length.
            content = super().read()
        else:
            content = super().read(left + 1 if amt is None else min(amt, left + 1))
        self._taken += len(content)
        if self._taken > MOST_BYTES:
            raise HTTPException(f"the answer is larger than {MOST_BYTES} bytes")
        return content


class _PlainConnection(HTTPConnection):
    response_class = _Answer


class _EncryptedConnection(HTTPSConnection):
    response_class = _Answer


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _EncryptedPool(HTTPSConnectionPool):
    ConnectionCls = _EncryptedConnection
