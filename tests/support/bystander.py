"""A buyer of one organizer while others are in trouble: books, pays, is told, and looks around."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import httpx

from tests.support.client_api import Booking, ClientApi
from tests.support.faulty_stack import FaultyStack
from tests.support.http import ProblemError
from tests.support.payment_api import pay
from tests.support.world import World

Result = TypeVar("Result")

BOOK, BOOKED, HEALTH, EVENTS, ME = "book", "paid → BOOKED", "/healthz", "/events", "/users/me"
STEPS = (BOOK, BOOKED, HEALTH, EVENTS, ME)
LOOK_AGAIN_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class NotDone:
    """What a bystander wanted in vain."""

    step: str
    reason: str


@dataclass
class Observed:
    """How long each step took, in seconds, and which were not done; those count with the time that was waited."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {step: [] for step in STEPS})
    not_done: list[NotDone] = field(default_factory=list)


class Bystander:
    """One buyer with an event of an organizer whose systems work."""

    def __init__(self, world: World[FaultyStack], *, seats: int, limit_seconds: float) -> None:
        """What is not answered, or a payment that is not told of, within `limit_seconds` counts as not done."""
        self._limit_seconds = limit_seconds
        self._event = world.new_event()
        self._seats = [
            seat.id for seat in world.ticket.create_seats(self._event.id, rows=-(-seats // 20), seats_per_row=20)
        ]
        self._buyer: ClientApi = world.buyer("Bystander Citra")
        self._reader: ClientApi = world.buyer("Bystander Dewi")
        for api in (self._buyer, self._reader):
            api.limit_seconds = limit_seconds
        self._prepared: list[Booking] = []
        self.observed = Observed()

    def prepare(self, count: int) -> None:
        """Books ahead, for the time when no invoice can be made."""
        self._prepared += [self._book() for _ in range(count)]

    def buys(self) -> bool:
        """Books a seat, unless one was prepared, pays, and waits until client shows BOOKED; whether all was done."""
        booking = self._prepared.pop() if self._prepared else self._timed(BOOK, self._book)
        return booking is not None and self._timed(BOOKED, lambda: self._pay_and_wait(booking)) is not None

    def looks(self) -> None:
        """Asks for what every visitor asks for."""
        api = "/api/v1"
        for step, path in ((HEALTH, "/healthz"), (EVENTS, f"{api}/events?limit=5"), (ME, f"{api}/users/me")):
            self._timed(step, partial(self._reader.call, "GET", path))

    def new_observation(self) -> Observed:
        """Begins anew; what was observed until now is returned."""
        done, self.observed = self.observed, Observed()
        return done

    def _timed(self, step: str, act: Callable[[], Result]) -> Result | None:
        begun = time.perf_counter()
        try:
            return act()
        except (ProblemError, httpx.TransportError, TimeoutError) as error:
            self.observed.not_done.append(NotDone(step, f"{type(error).__name__}: {str(error)[:200]}"))
            return None
        finally:
            self.observed.seconds[step].append(time.perf_counter() - begun)

    def _book(self) -> Booking:
        return self._buyer.book(self._event.id, [self._seats.pop()])

    def _pay_and_wait(self, booking: Booking) -> Booking:
        assert booking.payment_url
        pay(booking.payment_url)
        end = time.monotonic() + self._limit_seconds
        while (seen := self._buyer.booking(booking.id)).status != "BOOKED":
            if time.monotonic() > end:
                raise TimeoutError(f"{booking.id} is {seen.status}")
            time.sleep(LOOK_AGAIN_SECONDS)
        return seen
