"""Remembers the last good answers of the client service, for outages (the idea of `stale-if-error`, RFC 5861)."""

from collections import OrderedDict
from threading import Lock

from frontend.api.transport import Call

MOST_BYTES = 64 * 1024 * 1024

_Key = tuple[str, str, tuple[tuple[str, str], ...]]


class LastKnown:
    """The bodies of answers by owner and call. Beyond `most_bytes`, the least recently used ones are forgotten."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._bodies: OrderedDict[_Key, bytes] = OrderedDict()
        self._bytes = 0
        self._most_bytes = most_bytes
        self._lock = Lock()

    def keep(self, owner: str, call: Call, body: bytes) -> None:
        """Remembers an answer. Only the same `owner` ever gets it."""
        key = _key(owner, call)
        with self._lock:
            self._bytes += len(body) - len(self._bodies.pop(key, b""))
            self._bodies[key] = body
            while self._bytes > self._most_bytes:
                _, dropped = self._bodies.popitem(last=False)
                self._bytes -= len(dropped)

    def recall(self, owner: str, call: Call) -> bytes | None:
        """Returns the last answer that `owner` got to this call; None if there is none."""
        key = _key(owner, call)
        with self._lock:
            if key in self._bodies:
                self._bodies.move_to_end(key)
            return self._bodies.get(key)

    def forget(self, owner: str) -> None:
        """Forgets all answers of `owner`."""
        with self._lock:
            for key in [known for known in self._bodies if known[0] == owner]:
                self._bytes -= len(self._bodies.pop(key))


def _key(owner: str, call: Call) -> _Key:
    return (owner, call.path, tuple(sorted((name, str(value)) for name, value in call.params.items())))


LAST_KNOWN = LastKnown()
