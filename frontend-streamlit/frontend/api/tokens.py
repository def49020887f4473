"""Keeps the tokens of signed-in people, and renews them once although many runs of the script may ask for it."""

import uuid
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from frontend.api.models import TokenPair


class Tokens:
    """An access token and its refresh token, shared by all tabs with the same cookie.

    `owner` names the person in the remembered answers; renewing does not change it.
    """

    def __init__(self, access: str, refresh: str) -> None:
        self.access = access
        self.refresh = refresh
        self.owner = uuid.uuid4().hex
        self._renewing = Lock()

    def renew(self, stale: str, exchange: Callable[[str], TokenPair]) -> str:
        """Returns an access token newer than `stale`.

        Of several concurrent callers only the first exchanges the refresh token: the service rotates it, so a second
        exchange would be refused and would sign the person out.
        """
        with self._renewing:
            if self.access == stale:
                pair = exchange(self.refresh)
                self.access = pair.access
                self.refresh = pair.refresh or self.refresh
            return self.access


class TokenRegistry:
    """Finds the `Tokens` of a refresh token, also of one that was rotated since."""

    def __init__(self, capacity: int = 10_000) -> None:
        self._known: OrderedDict[str, Tokens] = OrderedDict()
        self._capacity = capacity
        self._lock = Lock()

    def share(self, refresh: str, make: Callable[[], Tokens]) -> Tokens:
        """Returns the tokens known under `refresh`, else those that `make` returns, and remembers them."""
        with self._lock:
            known = self._known.get(refresh)
        tokens = known or make()
        self.remember(refresh, tokens)
        return tokens

    def remember(self, refresh: str, tokens: Tokens) -> None:
        """Remembers `tokens` under `refresh`. Beyond the capacity, the least recently used ones are forgotten."""
        with self._lock:
            self._known[refresh] = tokens
            self._known.move_to_end(refresh)
            while len(self._known) > self._capacity:
                self._known.popitem(last=False)

    def forget(self, tokens: Tokens) -> None:
        """Forgets every refresh token of `tokens`, when the person signs out."""
        with self._lock:
            for refresh in [known for known, value in self._known.items() if value is tokens]:
                del self._known[refresh]


REGISTRY = TokenRegistry()
