"""Divides each process among the kinds of requests.

A lane is a number of places for requests that are under way at the same time. A full lane refuses at once, but for as
many as it can take soon (`client/edge/waiting_room.py`); it never takes a place of another lane. The server asks the
lane before Django sees a request (`client/server/worker.py`); the place itself is taken inside Django
(`client/edge/middleware.py`). Each lane has database connections of its own too, since a lane that is stuck at the
database would otherwise stop all others there.
"""

import threading
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache

from servicekit.use_per_key import UsePerKey

from client.edge.pause import Pause
from client.edge.waiting_room import Waiting, WaitingRoom
from client.observability.metrics import LANE_REFUSED, LANE_USED
from config.env import environment


class LaneName(StrEnum):
    HEALTH = "health"
    WEBHOOKS = "webhooks"
    READS = "reads"
    """What needs only this service's own database."""
    TICKET_READS = "ticket-reads"
    """What asks ticket and changes nothing there."""
    BOOKINGS = "bookings"
    """What changes something at ticket, which may ask an organizer or payment first."""
    STAFF = "staff"
    SIGN_IN = "sign-in"


DATABASE_PARTS = {
    LaneName.HEALTH: 1,
    LaneName.WEBHOOKS: 4,
    LaneName.READS: 4,
    LaneName.TICKET_READS: 2,
    LaneName.BOOKINGS: 5,
    LaneName.STAFF: 2,
    LaneName.SIGN_IN: 2,
}
"""How the lanes divide the database connections of a process."""


LONGEST_WAIT_SECONDS = 2.0
"""How long a request waits for a place at most; what is left of its time must suffice for its work."""


class Lane:
    """The places of one kind of request. `share` names with whom a request divides the lane."""

    def __init__(self, name: LaneName, *, places: int, places_per_share: int | None = None) -> None:
        self.name = name
        self._places = places
        self._used = 0
        self._places_per_share = places if places_per_share is None else places_per_share
        self._shares = UsePerKey(limit=self._places_per_share)
        self._room = WaitingRoom()
        self._lock = threading.Lock()
        self._pause = Pause(places=places)

    def enter(self, share: str = "") -> bool:
        """Takes a place and returns True; if the lane or this share of it is full, waits if there is room for that.
        Returns False if there is none, or no place became free in time.
        """
        with self._lock:
            has_place = self._take(share)
            waiting = self._room.add(share) if not has_place and self._room.has_room(share) else None
        if not (has_place or (waiting and self._wait(waiting))):
            LANE_REFUSED.labels(self.name).inc()
            return False
        self._pause.served()
        LANE_USED.labels(self.name).inc()
        return True

    def _take(self, share: str) -> bool:
        if self._used >= self._places or not self._shares.enter(share):
            return False
        self._used += 1
        return True

    def _wait(self, waiting: Waiting) -> bool:
        if waiting.granted.wait(LONGEST_WAIT_SECONDS):
            return True
        with self._lock:
            return not self._room.remove(waiting)

    def may_refuse(self) -> bool:
        """Returns whether so many places are taken that a share can be full."""
        return self._used >= self._places_per_share

    def refuses(self, share: Callable[[], str]) -> bool:
        """Returns whether `enter` would refuse a request, and counts a refusal then.

        `share` finds the request's share; it is called only if that decides.
        """
        with self._lock:
            refused = self._refuses(share)
        if refused:
            LANE_REFUSED.labels(self.name).inc()
        return refused

    def _refuses(self, share: Callable[[], str]) -> bool:
        is_full = self._used >= self._places
        if not (is_full or self.may_refuse()):
            return False
        if is_full and not self._room.has_room_for_any():
            return True
        name = share()
        return (is_full or self._shares.is_full(name)) and not self._room.has_room(name)

    def seconds_to_come_again(self) -> int:
        """Returns when a request that the lane has refused shall come again; it is later while many are refused."""
        return self._pause.refused()

    def leave(self, share: str = "") -> None:
        """Gives the place back, to who has waited longest if somebody waits."""
        with self._lock:
            self._used -= 1
            self._shares.leave(share)
            self._room.served(share)
            self._room.let_in(self._take)
        LANE_USED.labels(self.name).dec()


@cache
def lanes() -> Mapping[LaneName, Lane]:
    """Returns the lanes of this process. One organizer has at most half of the lane of bookings."""
    env = environment()
    places = {
        LaneName.HEALTH: env.lane_health,
        LaneName.WEBHOOKS: env.lane_webhooks,
        LaneName.READS: env.lane_reads,
        LaneName.TICKET_READS: env.lane_ticket_reads,
        LaneName.STAFF: env.lane_staff,
        LaneName.SIGN_IN: env.lane_sign_in,
    }
    half = -(-env.lane_bookings // 2)
    bookings = Lane(LaneName.BOOKINGS, places=env.lane_bookings, places_per_share=half)
    return {name: Lane(name, places=number) for name, number in places.items()} | {LaneName.BOOKINGS: bookings}


def database_shares(connections: int) -> dict[str, int]:
    """Divides the process's database connections among the lanes; each lane has at least one."""
    parts = sum(DATABASE_PARTS.values())
    return {name: max(1, connections * part // parts) for name, part in DATABASE_PARTS.items()}
