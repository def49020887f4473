"""A buyer who remembers every answer, and says afterwards what contradicts it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from random import Random
from uuid import uuid4

import httpx

from tests.support.client_api import Booking, ClientApi, Seat
from tests.support.http import ProblemError
from tests.support.payment_api import pay

LIVE = frozenset({"AWAITING_PAYMENT", "BOOKED"})
AFTER = {
    "AWAITING_PAYMENT": frozenset({"AWAITING_PAYMENT", "BOOKED", "EXPIRED", "CANCELLED", "FAILED"}),
    "BOOKED": frozenset({"BOOKED", "CANCELLED"}),
    **{ended: frozenset({ended}) for ended in ("FAILED", "EXPIRED", "CANCELLED")},
}
"""What a booking that was shown with this state may be shown with later; the keys are what counts as confirmed."""
PAYS, CANCELS = 0.75, 0.3
REPEATS = 12
"""How many acknowledged keys a buyer sends once more at the end."""


class ObservingBuyer:
    """Books, pays, cancels and queues by chance; a request without an answer is sent again under its key."""

    def __init__(self, api: ClientApi, event_id: str, seats: list[Seat], seed: int) -> None:
        self._api = api
        self._event_id = event_id
        self._seats = seats
        self._chance = Random(seed)
        self._asked: dict[str, str] = {}
        """Idempotency key → seat, of every booking that was asked for."""
        self._acknowledged: dict[str, str] = {}
        """Idempotency key → booking, once an answer named it."""
        self._unanswered: list[str] = []
        self._seen: dict[str, str] = {}
        """Booking → the last state that was shown."""
        self._cancelled: set[str] = set()
        """Bookings whose cancellation was asked for, with whatever answer."""
        self._entries: set[str] = set()
        self.steps = 0
        self.contradictions: list[str] = []

    def turn(self) -> None:
        """Does one thing; bears every error."""
        with contextlib.suppress(ProblemError, httpx.TransportError):
            if self._unanswered and self._chance.random() < 0.5:
                self._ask(self._unanswered.pop())
            elif self._chance.random() < CANCELS:
                self._give_back()
            else:
                self.buy()
            self.steps += 1

    def buy(self) -> None:
        """Asks for a seat by chance, and pays for most."""
        key = str(uuid4())
        self._asked[key] = self._chance.choice(self._seats).id
        booking = self._ask(key)
        if booking and booking.payment_url and self._chance.random() < PAYS:
            pay(booking.payment_url)

    def _ask(self, key: str) -> Booking | None:
        try:
            booking = self._api.book(self._event_id, [self._asked[key]], idempotency_key=key)
        except httpx.TransportError:
            self._unanswered.append(key)
            raise
        except ProblemError as problem:
            self._refused(key, problem)
            return None
        self._acknowledge(key, booking.id)
        if booking.id not in self._seen:  # a repeated key gets the first answer, which may be history by now
            self._saw(booking)
        return booking

    def _refused(self, key: str, problem: ProblemError) -> None:
        if problem.status >= 500 or problem.status == 409:
            self._unanswered.append(key)
        if "booking_id" in problem.document:
            self._acknowledge(key, str(problem.document["booking_id"]))
        if problem.type == "seat-unavailable":
            self._entries.add(self._api.join_queue(self._asked[key]).id)

    def _acknowledge(self, key: str, booking_id: str) -> None:
        if self._acknowledged.setdefault(key, booking_id) != booking_id:
            self.contradictions.append(f"key {key} named booking {self._acknowledged[key]}, then {booking_id}")

    def _give_back(self) -> None:
        for booking in self._api.bookings():
            self._saw(booking)
        live = [booking_id for booking_id, status in self._seen.items() if status in LIVE]
        if live:
            chosen = self._chance.choice(live)
            self._cancelled.add(chosen)
            self._saw(self._api.cancel(chosen))

    def _saw(self, booking: Booking) -> None:
        before = self._seen.get(booking.id)
        if before in AFTER and booking.status not in AFTER[before]:
            self.contradictions.append(f"booking {booking.id} was shown {before}, then {booking.status}")
        if booking.status == "CANCELLED" and booking.id not in self._cancelled:
            self.contradictions.append(f"booking {booking.id} is CANCELLED, which nobody asked for")
        if before == "AWAITING_PAYMENT" and booking.status == "FAILED" and booking.failure_reason != "PAYMENT_FAILED":
            self.contradictions.append(f"booking {booking.id} awaited payment, then failed: {booking.failure_reason}")
        self._seen[booking.id] = booking.status

    def look_back(self) -> list[str]:
        """Everything that contradicts an earlier answer, once all is quiet."""
        self.contradictions += self._missing()
        return self.contradictions

    def _missing(self) -> Iterator[str]:
        bookings = self._own_bookings()
        for gone in {*self._seen, *self._acknowledged.values()} - set(bookings):
            yield f"booking {gone} was answered, and is not found"
        asked_for = [booking for booking in bookings.values() if booking.origin == "DIRECT"]
        if len(asked_for) > len(self._asked):
            yield f"{len(asked_for)} bookings of {len(self._asked)} requests"
        for key in self._chance.sample(sorted(self._acknowledged), min(REPEATS, len(self._acknowledged))):
            with contextlib.suppress(ProblemError):
                self._ask(key)
        if new := set(self._own_bookings()) - set(bookings):
            yield f"repeated keys made new bookings: {', '.join(sorted(new))}"
        for entry_id in self._entries:
            if self._api.entry(entry_id).id != entry_id:
                yield f"waitlist entry {entry_id} was answered, and is not found"

    def _own_bookings(self) -> dict[str, Booking]:
        found = {booking.id: booking for booking in self._api.bookings()}
        for booking in found.values():
            self._saw(booking)
        return found
