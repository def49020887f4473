"""Follows the seat maps that somebody views (docs/adr/0038).

A map is looked at once a second, however many view it, and not at all while nobody does.
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from math import inf
from typing import Protocol
from uuid import UUID

import structlog
from servicekit.use_per_key import UsePerKey

from client.catalog.errors import TooManyViewersError
from client.catalog.seat_states import SeatStates
from client.catalog.watched_map import Encode, Look, View, WatchedMap
from client.domain.errors import TicketUnavailableError
from client.observability.metrics import MAP_VIEWERS
from client.ticket_api.errors import TicketRefusedError

LOOK_SECONDS = 1.05
"""A little longer than ticket keeps a map, so that a look does not find the one that the last look has seen."""
LOOKS_PER_SECOND = 50
"""Of all maps together: whoever views many maps at a time makes them slower, not ticket busier."""
SHORTEST_PAUSE = 0.1
LOOKS_PER_SALE = 10
"""How many looks at the seats there are for one at the sale."""
log = structlog.get_logger("client.maps")


class LookAtSeats(Protocol):
    """Looks at the seats of an event; unless it is to look `anew`, it may return what was seen a moment ago.

    Raises TicketUnavailableError and TicketRefusedError.
    """

    def __call__(self, event_id: UUID, *, anew: bool) -> SeatStates: ...


class WatchedMaps:
    """The maps that are viewed in this process."""

    def __init__(
        self,
        *,
        seats: LookAtSeats,
        sale: Callable[[UUID], str],
        encode: Encode,
        heartbeat: bytes,
        most_viewers: int,
        most_per_address: int,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """`sale` looks at the sale of an event, and raises what `seats` raises."""
        self._seats = seats
        self._sale = sale
        self._encode = encode
        self._heartbeat = heartbeat
        self._most_viewers = most_viewers
        self._addresses = UsePerKey(limit=most_per_address)
        self._pause = pause
        self._lock = threading.Lock()
        self._maps: dict[UUID, WatchedMap] = {}
        self._viewers = 0
        self._has_ended = False

    def view(
        self, event_id: UUID, *, address: str, seconds: float = inf, has_gone: Callable[[], bool] = lambda: False
    ) -> View:
        """Returns a view of the event's map for a viewer at this address, for at most so many seconds.

        Raises TooManyViewersError, and TicketUnavailableError or TicketRefusedError if the map cannot be seen.
        """
        self._enter(address)
        try:
            watched = self._join(event_id) or self._begin(event_id)
        except BaseException:
            self._leave(address)
            raise
        leave = partial(self._leave, address, watched)
        return View(watched, heartbeat=self._heartbeat, seconds=seconds, has_gone=has_gone, leave=leave)

    def end(self) -> None:
        """Ends all views and lets nobody begin another one: the process is about to end."""
        with self._lock:
            self._has_ended = True
            ended = list(self._maps.values())
        for watched in ended:
            watched.end()

    def _enter(self, address: str) -> None:
        with self._lock:
            if self._viewers >= self._most_viewers or not self._addresses.enter(address):
                raise TooManyViewersError
            self._viewers += 1
        MAP_VIEWERS.inc()

    def _leave(self, address: str, watched: WatchedMap | None = None) -> None:
        with self._lock:
            self._viewers -= 1
            self._addresses.leave(address)
            if watched is not None:
                watched.viewers -= 1
        MAP_VIEWERS.dec()

    def _join(self, event_id: UUID) -> WatchedMap | None:
        """Adds a viewer to the event's map; returns None if nobody views it."""
        with self._lock:
            if self._has_ended:
                raise TooManyViewersError
            watched = self._maps.get(event_id)
            if watched is not None:
                watched.viewers += 1
            return watched

    def _begin(self, event_id: UUID) -> WatchedMap:
        """Adds a viewer to a map that nobody views yet, or that another viewer begins at the same time."""
        look = Look(self._seats(event_id, anew=False), self._sale(event_id))
        with self._lock:
            if event_id not in self._maps:
                watched = self._maps[event_id] = WatchedMap(look, encode=self._encode)
                # A thread does not inherit the deadline of the request.
                follow = partial(self._follow, event_id, watched)
                threading.Thread(target=follow, name=f"map-{event_id}", daemon=True).start()
        return self._join(event_id) or self._begin(event_id)

    def _follow(self, event_id: UUID, watched: WatchedMap) -> None:
        """Looks at the map as long as somebody views it."""
        try:
            looks, took = 0, 0.0
            while self._is_viewed_after_a_pause(event_id, watched, took):
                begun = time.monotonic()
                looks += 1
                self._look(event_id, watched, with_sale=looks % LOOKS_PER_SALE == 0)
                took = time.monotonic() - begun
        except TicketRefusedError as error:
            log.info("map.ended", event_id=str(event_id), problem=error.problem.type)
        except Exception:
            log.exception("map.failed", event_id=str(event_id))
        finally:
            self._forget(event_id, watched)

    def _is_viewed_after_a_pause(self, event_id: UUID, watched: WatchedMap, took: float) -> bool:
        every = max(LOOK_SECONDS, len(self._maps) / LOOKS_PER_SECOND)
        self._pause(max(every - took, SHORTEST_PAUSE))
        with self._lock:
            if watched.viewers:
                return True
            # While the lock is held, so that nobody joins a map that is no longer followed.
            del self._maps[event_id]
            return False

    def _look(self, event_id: UUID, watched: WatchedMap, *, with_sale: bool) -> None:
        """Looks once. While ticket is unavailable, nothing is known to have changed."""
        with suppress(TicketUnavailableError):
            seats = self._seats(event_id, anew=True)
            watched.show(Look(seats, self._sale(event_id) if with_sale else watched.look.sale))

    def _forget(self, event_id: UUID, watched: WatchedMap) -> None:
        with self._lock:
            if self._maps.get(event_id) is watched:
                del self._maps[event_id]
        watched.end()
