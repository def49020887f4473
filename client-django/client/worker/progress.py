"""Tracks which loops of the worker move."""

import time
from collections.abc import Callable, Iterable


class Progress:
    """How long each loop has stood still: since its last item or the start of its round, until a round succeeds.

    A loop that rests between two rounds does not stand still. Each loop has a thread of its own.
    """

    def __init__(self, loops: Iterable[str], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._moved_at: dict[str, float | None] = dict.fromkeys(loops, None)

    def begins_round(self, loop: str) -> None:
        """Records the start of a round. After a failed round the loop still stands where it stood."""
        if self._moved_at[loop] is None:
            self._moved_at[loop] = self._clock()

    def moves(self, loop: str) -> None:
        self._moved_at[loop] = self._clock()

    def rests(self, loop: str) -> None:
        self._moved_at[loop] = None

    def still_seconds(self) -> dict[str, float]:
        now = self._clock()
        return {loop: 0.0 if moved_at is None else now - moved_at for loop, moved_at in self._moved_at.items()}
