"""Where requests wait a moment for a place of a full lane, in the order in which they came.

Those whom a lane refuses come again at whole seconds (`client/edge/pause.py`), so a crowd arrives in bursts, between
which a lane without a waiting room has nothing to do. A request that waits costs a greenlet: no thread, no database
connection.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

WINDOW_SECONDS = 1.0
"""As many may wait as were served in this time. So nobody waits for much longer, and nobody for what serves none."""


@dataclass(slots=True)
class Waiting:
    """A request that waits. `granted` is set when it has got a place."""

    share: str
    number: int
    granted: threading.Event = field(default_factory=threading.Event)


@dataclass(slots=True)
class _Share:
    """Those of one share who wait, and how many of it were served in this window and in the one before."""

    line: deque[Waiting] = field(default_factory=deque)
    window: int = 0
    served: int = 0
    served_before: int = 0


class WaitingRoom:
    """The requests that wait for the places of one lane. The lane's lock guards it."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._numbers = count()
        self._shares: dict[str, _Share] = {}

    def has_room(self, share: str) -> bool:
        """Returns whether fewer of the share wait than were served lately."""
        found = self._shares.get(share)
        if found is None:
            return False
        self._turn(found)
        return len(found.line) < max(found.served, found.served_before)

    def has_room_for_any(self) -> bool:
        """Returns whether any share may have room."""
        return any(self.has_room(share) for share in self._shares)

    def add(self, share: str) -> Waiting:
        """Adds a request at the end of the line of its share."""
        waiting = Waiting(share, next(self._numbers))
        self._shares[share].line.append(waiting)
        return waiting

    def remove(self, waiting: Waiting) -> bool:
        """Removes a request that waits no longer; returns False if it has got a place meanwhile."""
        if waiting.granted.is_set():
            return False
        self._shares[waiting.share].line.remove(waiting)
        return True

    def served(self, share: str) -> None:
        """Counts a request that has given its place back; forgets the shares of which none was served lately."""
        now = self._window()
        if share not in self._shares:
            idle = [name for name, each in self._shares.items() if not each.line and each.window < now - 1]
            for name in idle:
                del self._shares[name]
        found = self._shares.setdefault(share, _Share(window=now))
        self._turn(found)
        found.served += 1

    def let_in(self, take: Callable[[str], bool]) -> None:
        """Grants a place to the request that has waited longest; `take` takes one for a share, if there is one."""
        heads = sorted((each.line[0] for each in self._shares.values() if each.line), key=lambda each: each.number)
        for first in heads:
            if take(first.share):
                self._shares[first.share].line.popleft().granted.set()
                return

    def _window(self) -> int:
        return int(self._clock() / WINDOW_SECONDS)

    def _turn(self, share: _Share) -> None:
        """Begins the share's window anew if its time is over."""
        now = self._window()
        if share.window < now:
            share.served_before = share.served if share.window == now - 1 else 0
            share.window, share.served = now, 0
