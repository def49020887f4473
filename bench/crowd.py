"""The buyers of a benchmark at a stack of its own, and seats that nobody has asked for yet."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import cycle, islice
from uuid import uuid4

from bench.http_request import Request
from tests.support.client_api import ClientApi
from tests.support.stack import RunningStack
from tests.support.world import World

SEATS_OF_AN_EVENT = 500


class Crowd:
    """`buyers` accounts, signed in, and as many seats as are asked for."""

    def __init__(self, world: World[RunningStack], buyers: int) -> None:
        self._world = world
        self.buyers: list[ClientApi] = [world.buyer(f"Crowd{number} Buyer") for number in range(buyers)]
        self._seats = self._new_seats()

    def tokens(self) -> list[str]:
        """Their access tokens."""
        return [str(buyer.http.headers["authorization"]).removeprefix("Bearer ") for buyer in self.buyers]

    def requests(self, number: int) -> list[tuple[str, str]]:
        """So many pairs of an event and a seat of it."""
        return list(islice(self._seats, number))

    def bookings(self, number: int) -> list[Request]:
        """So many requests to client, each for one seat, by turns for the buyers."""
        return [
            booking(token, event, seat)
            for token, (event, seat) in zip(cycle(self.tokens()), self.requests(number), strict=False)
        ]

    def _new_seats(self) -> Iterator[tuple[str, str]]:
        while True:
            event = self._world.new_event()
            for seat in self._world.ticket.create_seats(event.id, rows=SEATS_OF_AN_EVENT // 50, seats_per_row=50):
                yield event.id, seat.id


def booking(token: str, event: str, seat: str) -> Request:
    """The request for a booking, as the buyer's browser sends it."""
    return Request(
        "POST",
        "/api/v1/bookings",
        {"authorization": f"Bearer {token}", "content-type": "application/json", "idempotency-key": uuid4().hex},
        json.dumps({"event_id": event, "seat_ids": [seat]}),
    )
