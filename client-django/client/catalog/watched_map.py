"""The seat map of one event while somebody views it, and one person's view of it."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from pydantic import JsonValue

from client.catalog.seat_states import SeatStates, changed_seats
from client.observability.metrics import CONNECTIONS_ENDED

HEARTBEAT_SECONDS = 5.0
"""After so long without a change, a viewer is sent a sign of life. It is then noticed, too, if the viewer has gone."""
MOST_BEHIND = 30
"""A viewer who has so many messages still to get is dropped: whoever comes back begins with the whole map."""

Encode = Callable[[str, JsonValue], bytes]
"""Writes a message of a kind; its kinds are those of `WatchedMap`."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of an event: the states of its seats, and where its sale is."""

    seats: SeatStates
    sale: str


class Message:
    """One link of the chain of messages about a map.

    All viewers walk along one chain, so nothing is kept for a single one, however slow; what all have passed is freed.
    """

    __slots__ = ("content", "following", "is_followed", "number")

    def __init__(self, number: int, content: bytes) -> None:
        self.number = number
        self.content = content
        self.following: Message | None = None
        """None at the end of the chain, once `is_followed` is set."""
        self.is_followed = threading.Event()


class WatchedMap:
    """The map of an event.

    Its messages: `map` with layout and states of all seats, `changes` with the seats that have changed, and `sale`.
    """

    def __init__(self, look: Look, *, encode: Encode) -> None:
        self._look = look
        self._encode = encode
        self._lock = threading.Lock()
        self._last = Message(0, b"")
        self._beginning: bytes | None = None
        self.viewers = 0

    @property
    def last_number(self) -> int:
        """The number of the last message."""
        return self._last.number

    @property
    def look(self) -> Look:
        """What was last seen."""
        return self._look

    def begin(self) -> tuple[bytes, Message]:
        """Returns the whole of what was last seen, written once for all who begin here, and the last message."""
        with self._lock:
            if self._beginning is None:
                self._beginning = self._whole_map() + self._sale()
            return self._beginning, self._last

    def show(self, look: Look) -> None:
        """Sends the viewers what has changed since the last look."""
        with self._lock:
            before, self._look = self._look, look
            if look == before:
                return
            self._beginning = None
            if look.seats.layout != before.seats.layout or len(look.seats.states) != len(before.seats.states):
                self._send(self._whole_map())
            elif changes := changed_seats(before.seats.states, look.seats.states):
                self._send(self._encode("changes", {state: list(seats) for state, seats in changes.items()}))
            if look.sale != before.sale:
                self._send(self._sale())

    def end(self) -> None:
        """Ends all views, once their viewers have got what was sent."""
        with self._lock:
            self._last.is_followed.set()

    def _whole_map(self) -> bytes:
        return self._encode("map", {"layout": self._look.seats.layout, "states": self._look.seats.states})

    def _sale(self) -> bytes:
        return self._encode("sale", {"status": self._look.sale})

    def _send(self, content: bytes) -> None:
        previous, self._last = self._last, Message(self._last.number + 1, content)
        previous.following = self._last
        previous.is_followed.set()


class View:
    """The messages for one viewer, beginning with the whole map; it must be closed.

    It ends with the map, with a viewer who has gone, and with one who is too far behind. Waiting takes no thread.
    """

    def __init__(
        self,
        watched: WatchedMap,
        *,
        heartbeat: bytes,
        seconds: float,
        has_gone: Callable[[], bool],
        leave: Callable[[], None],
    ) -> None:
        """It lasts for at most so many seconds. `has_gone` returns whether the viewer has hung up; `leave` is called
        once, at the end.
        """
        self._watched = watched
        self._heartbeat = heartbeat
        self._ends_at = time.monotonic() + seconds
        self._has_gone = has_gone
        self._leave: Callable[[], None] | None = leave
        self._beginning, self._at = watched.begin()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        if self._beginning:
            beginning, self._beginning = self._beginning, b""
            return beginning
        if self._watched.last_number - self._at.number > MOST_BEHIND:
            CONNECTIONS_ENDED.labels("slow viewer").inc()
            raise StopIteration
        left = self._ends_at - time.monotonic()
        is_followed = left > 0 and self._at.is_followed.wait(min(HEARTBEAT_SECONDS, left))
        if self._has_gone() or time.monotonic() >= self._ends_at:
            raise StopIteration
        if not is_followed:
            return self._heartbeat
        if self._at.following is None:
            raise StopIteration
        self._at = self._at.following
        return self._at.content

    def close(self) -> None:
        leave, self._leave = self._leave, None
        if leave is not None:
            leave()
