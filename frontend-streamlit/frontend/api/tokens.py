"""The signed-in person's tokens, renewed once however many script runs notice at the same time that they are stale."""

import uuid
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from frontend.api.models import TokenPair


class Tokens:
    """An access token and the refresh token that renews it, shared by every tab that carries the same cookie.

    `owner` stands for the person in what the dashboard remembers, however often the tokens are renewed.
    """

    def __init__(self, access: str, refresh: str) -> None:
        self.access = access
        self.refresh = refresh
        self.owner = uuid.uuid4().hex
        self._renewing = Lock()

    def renew(self, stale: str, exchange: Callable[[str], TokenPair]) -> str:
        """Return an access token newer than `stale`.

        Only the first of several concurrent callers exchanges the refresh token: with rotation, a second exchange of
        the same one would be refused and would sign the person out.
        """
        with self._renewing:
            if self.access == stale:
                pair = exchange(self.refresh)
                self.access = pair.access
                self.refresh = pair.refresh or self.refresh
            return self.access


class TokenRegistry:
    """Finds the `Tokens` that belong to a refresh token, also under one that has been rotated away since."""

    def __init__(self, capacity: int = 10_000) -> None:
        self._known: OrderedDict[str, Tokens] = OrderedDict()
        self._capacity = capacity
        self._lock = Lock()

    def share(self, refresh: str, make: Callable[[], Tokens]) -> Tokens:
        """The tokens known under `refresh`, else those that `make` returns, remembered from now on."""
        with self._lock:
            known = self._known.get(refresh)
        tokens = known or make()
        self.remember(refresh, tokens)
        return tokens

    def remember(self, refresh: str, tokens: Tokens) -> None:
        """Know `tokens` under `refresh`; the longest unused are forgotten beyond the capacity."""
        with self._lock:
            self._known[refresh] = tokens
            self._known.move_to_end(refresh)
            while len(self._known) > self._capacity:
                self._known.popitem(last=False)

    def forget(self, tokens: Tokens) -> None:
        """Drop every refresh token that leads to `tokens` (signing out)."""
        with self._lock:
            for refresh in [known for known, value in self._known.items() if value is tokens]:
                del self._known[refresh]


REGISTRY = TokenRegistry()
