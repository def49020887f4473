"""What a demo plays on: an event of its own, new buyers, the services' APIs."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from uuid import uuid4

import httpx
from pypdf import PdfReader

from demo.failures import DemoFailure
from tests.support.client_api import Booking, ClientApi, Event, Seat, WaitlistEntry
from tests.support.environment import Environment
from tests.support.http import ProblemError
from tests.support.organizer_api import OrganizerApi
from tests.support.payment_api import PaymentApi
from tests.support.payment_api import pay as press_pay
from tests.support.ticket_api import API, TicketApi
from tests.support.waiting import until

ORGANIZER = "demo-organizer"
EVENT, VENUE = "Keroncong di Taman (demo)", "Taman Budaya, Bandung"
ROWS, SEATS_PER_ROW = 4, 10
SEATS_NEEDED = 2
PASSWORD = "a-long-enough-password"  # noqa: S105 - of accounts that each demo makes for itself
WAIT_SECONDS = 45


@dataclass(frozen=True, slots=True)
class Document:
    """A PDF as a buyer gets it; `sha256` was computed from what was downloaded, `promised` is what was stored."""

    url: str
    size: int
    sha256: str
    promised: str
    first_lines: list[str]

    @property
    def is_genuine(self) -> bool:
        return self.sha256 == self.promised


def pay(booking: Booking) -> None:
    """What the Pay button of the hosted page does."""
    if booking.payment_url is None:
        raise DemoFailure(f"Booking {booking.id} has no payment page.")
    press_pay(booking.payment_url)


class Stage:
    """A running stack, as the demo sees it."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.ticket = TicketApi(environment.ticket_url, environment.ticket_api_key)
        self.payment = PaymentApi(environment.payment_url, environment.payment_api_key)
        self.organizer = OrganizerApi(environment.organizer_url, environment.organizer_api_key)
        self._buyers: list[ClientApi] = []

    def close(self) -> None:
        """Ends all connections."""
        for api in (self.ticket, self.payment, self.organizer, *self._buyers):
            api.close()

    def event_with_open_seats(self) -> tuple[Event, list[Seat]]:
        """The demo's event and its open seats; made anew when an earlier demo has left too few."""
        for item in self.ticket.every(f"{API}/events"):
            found = Event.model_validate(item)
            if found.name == EVENT:
                seats = self._open_seats(found)
                if len(seats) >= SEATS_NEEDED:
                    return found, seats
        url = f"{self.environment.organizer_url}/{ORGANIZER}"
        self.ticket.ensure_organizer(ORGANIZER, url, self.environment.organizer_api_key)
        event = self.ticket.create_event(ORGANIZER, name=EVENT, venue=VENUE)
        self.ticket.create_seats(event.id, rows=ROWS, seats_per_row=SEATS_PER_ROW)
        return event, self._open_seats(event)

    def _open_seats(self, event: Event) -> list[Seat]:
        return [seat for seat in self.ticket.seats(event.id) if seat.status == "OPEN"]

    def buyer(self, name: str) -> ClientApi:
        """A new account, signed in."""
        email = f"{name.split(maxsplit=1)[0].lower()}-{uuid4().hex[:8]}@example.com"
        api = ClientApi.register(self.environment.client_url, email=email, password=PASSWORD, name=name)
        self._buyers.append(api)
        return api

    def await_status(self, buyer: ClientApi, booking_id: str, status: str) -> Booking:
        """The booking as client tells of it, once it has this status."""
        return until(
            lambda: buyer.booking(booking_id),
            lambda booking: booking.status == status,
            what=f"booking {booking_id} is {status}",
            seconds=WAIT_SECONDS,
        )

    def await_refund(self, buyer: ClientApi, booking_id: str) -> Booking:
        """The cancelled booking, once its money is back."""
        return until(
            lambda: buyer.booking(booking_id),
            lambda booking: booking.refund_status == "REFUNDED",
            what=f"booking {booking_id} is refunded",
            seconds=WAIT_SECONDS,
        )

    def await_seat(self, event: Event, seat: Seat, status: str) -> None:
        """Returns once the seat has this status at its source."""
        until(
            lambda: self.ticket.seat(event.id, seat.id).status,
            lambda now: now == status,
            what=f"seat {seat.row}-{seat.number} is {status}",
            seconds=WAIT_SECONDS,
        )

    def await_entry(self, buyer: ClientApi, entry: WaitlistEntry, status: str) -> WaitlistEntry:
        """The place in the queue, once it has this status."""
        return until(
            lambda: buyer.entry(entry.id),
            lambda now: now.status == status,
            what=f"the place in the queue is {status}",
            seconds=WAIT_SECONDS,
        )

    def await_offer(self, buyer: ClientApi, entry: WaitlistEntry) -> Booking:
        """The booking that the queue brought, ready to be paid."""
        booking_id = self.await_entry(buyer, entry, "OFFERED").booking_id
        return until(
            lambda: buyer.booking(str(booking_id)),
            lambda booking: booking.status == "AWAITING_PAYMENT",
            what="the offer can be paid",
            seconds=WAIT_SECONDS,
            ignore=(ProblemError,),
        )

    def await_document(self, buyer: ClientApi, booking_id: str) -> Document:
        """Downloads the booking's PDF by its presigned link, as a browser would; it must be the one that was stored."""
        until(
            lambda: buyer.booking(booking_id).ticket_available,
            what=f"booking {booking_id} has a document",
            seconds=WAIT_SECONDS,
        )
        link = buyer.ticket(booking_id)
        content = httpx.get(link.url, timeout=10, trust_env=False).raise_for_status().content
        text = PdfReader(io.BytesIO(content)).pages[0].extract_text()
        found = Document(
            link.url, len(content), hashlib.sha256(content).hexdigest(), link.sha256, text.splitlines()[:3]
        )
        if not found.is_genuine:
            raise DemoFailure(f"The PDF of booking {booking_id} is not the one that was stored.")
        return found
