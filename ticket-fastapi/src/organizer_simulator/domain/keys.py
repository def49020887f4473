"""The keys by which callers are known (contracts/README.md, Hold)."""

import hashlib
import hmac
from collections.abc import Iterable


def own_key(root: str, organizer: str) -> str:
    """Returns the key of one organizer, which is worth nothing at another one."""
    return hmac.new(root.encode(), f"organizer:{organizer}".encode(), hashlib.sha256).hexdigest()


class Keyring:
    """Who may call: with a root key everything, with an organizer's own key, and only signed, that organizer.

    There are several roots while the keys are replaced.
    """

    def __init__(self, roots: Iterable[str]) -> None:
        self._roots = tuple(roots)

    def is_root(self, key: str) -> bool:
        """Whether the key opens every organizer and the simulation."""
        return _is_one_of(key, self._roots)

    def is_own(self, key: str, organizer: str) -> bool:
        """Whether the key is one of this organizer's own."""
        return _is_one_of(key, (own_key(root, organizer) for root in self._roots))


def _is_one_of(key: str, known: Iterable[str]) -> bool:
    return any(hmac.compare_digest(key.encode(), each.encode()) for each in known)
