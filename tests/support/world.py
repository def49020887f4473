"""What a test across services works with: its own event, its own buyers, outcomes that it chooses."""

from __future__ import annotations

import hashlib
import io
from functools import cached_property
from typing import Any, Generic
from uuid import uuid4

from pypdf import PdfReader
from typing_extensions import TypeVar

from devstack.deadlines import slowness
from tests.support.client_api import Booking, ClientApi, Event, Seat
from tests.support.http import ProblemError, fetch
from tests.support.payment_api import pay
from tests.support.stack import ReachableStack, RunningStack
from tests.support.waiting import until

ORGANIZER = "test-organizer"
PASSWORD = "a-long-enough-password"
BUSY = 2
"""How many times slower than a quiet machine."""
ENDED = frozenset({"BOOKED", "FAILED", "EXPIRED", "CANCELLED"})


StackT = TypeVar("StackT", bound=ReachableStack, default=RunningStack)


class World(Generic[StackT]):
    """A stack seen by one test."""

    def __init__(self, stack: StackT) -> None:
        self.stack = stack
        self.ticket = stack.ticket()
        self.payment = stack.payment()
        self.organizer = stack.organizer()
        self._buyers: list[ClientApi] = []

    def calm(self) -> None:
        """Nothing is declined and no payment fails, unless a test says so."""
        self.organizer.simulate(failure_rate=0, latency_ms=0, next_outcomes=[])
        self.payment.simulate(failure_rate=0, latency_ms=0, next_outcomes=[])

    def restore_chance(self) -> None:
        """The default rates of the simulators."""
        self.organizer.simulate(failure_rate=0.2)
        self.payment.simulate(failure_rate=0.1)

    def close(self) -> None:
        """Ends all connections."""
        for api in (self.ticket, self.payment, self.organizer, *self._buyers):
            api.close()

    @cached_property
    def event(self) -> Event:
        """On sale now, and the same for the whole test."""
        return self.new_event()

    def new_event(self, **changes: Any) -> Event:
        """Another event that is on sale now; `changes` are fields of its own."""
        there = self.stack.environment
        url = f"{there.organizer_url_for_ticket}/{ORGANIZER}"
        self.ticket.ensure_organizer(ORGANIZER, url, there.organizer_api_key)
        return self.ticket.create_event(ORGANIZER, **changes)

    @cached_property
    def seats(self) -> list[Seat]:
        """Forty seats of the event, all open at first."""
        return self.ticket.create_seats(self.event.id, rows=4, seats_per_row=10)

    def buyer(self, name: str = "Ayu Lestari") -> ClientApi:
        """A new account, signed in."""
        email = f"{name.split(maxsplit=1)[0].lower()}-{uuid4().hex[:12]}@example.com"
        api = ClientApi.register(self.stack.environment.client_url, email=email, password=PASSWORD, name=name)
        self._buyers.append(api)
        return api

    def staff(self) -> ClientApi:
        """The staff account of the stack."""
        environment = self.stack.environment
        api = ClientApi.sign_in(
            environment.client_url, email=environment.staff_email, password=environment.staff_password
        )
        self._buyers.append(api)
        return api

    def book(self, buyer: ClientApi, *seat_numbers: int) -> Booking:
        """A booking of these seats of the event, by their place in `seats`."""
        try:
            return self._ask(buyer, *seat_numbers)
        except ProblemError as problem:
            # On a busy machine ticket's answer may come after client has stopped waiting for it (9 s, contracts); then
            # client finds out by itself, as it does for every buyer.
            if problem.type != "ticket-unavailable" or slowness() < BUSY:
                raise
            found = self._await_answer(buyer, str(problem.document["booking_id"]))
            if found.status != "AWAITING_PAYMENT":
                raise
            return found

    def _ask(self, buyer: ClientApi, *seat_numbers: int) -> Booking:
        return buyer.book(self.event.id, [self.seats[number].id for number in seat_numbers or (0,)])

    def _await_answer(self, buyer: ClientApi, booking_id: str) -> Booking:
        return until(
            lambda: buyer.booking(booking_id), lambda booking: booking.status != "REQUESTED", what="ticket's answer"
        )

    def refused(self, buyer: ClientApi, *seat_numbers: int) -> ProblemError:
        """The problem with which a booking is refused."""
        try:
            made = self._ask(buyer, *seat_numbers)
        except ProblemError as problem:
            return problem
        raise AssertionError(f"not refused: {made}")

    def pay(self, booking: Booking) -> None:
        """What the buyer does on the hosted page."""
        assert booking.payment_url
        pay(booking.payment_url)

    def await_status(self, buyer: ClientApi, booking_id: str, status: str, seconds: float = 30) -> Booking:
        """The booking as client tells of it, once it has this status."""
        return until(
            lambda: buyer.booking(booking_id),
            lambda booking: booking.status == status,
            what=f"booking {booking_id} is {status}",
            seconds=seconds,
        )

    def book_and_pay(self, buyer: ClientApi, *seat_numbers: int) -> Booking:
        """A booking that is BOOKED, with its document."""
        booking = self.book(buyer, *seat_numbers)
        self.pay(booking)
        self.await_status(buyer, booking.id, "BOOKED")
        return self.await_document(buyer, booking.id)

    def await_document(self, buyer: ClientApi, booking_id: str) -> Booking:
        """The booking, once its document is there."""
        return until(
            lambda: buyer.booking(booking_id),
            lambda booking: booking.ticket_available,
            what=f"booking {booking_id} has a document",
        )

    def seat_status(self, number: int = 0) -> str:
        """The seat's state at its source."""
        return self.ticket.seat(self.event.id, self.seats[number].id).status

    def document_text(self, buyer: ClientApi, booking_id: str) -> str:
        """Downloads the document by its presigned link, as a browser would; its SHA-256 must be the stored one."""
        link = buyer.ticket(booking_id)
        content = fetch(link.url).raise_for_status().content
        assert hashlib.sha256(content).hexdigest() == link.sha256
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
