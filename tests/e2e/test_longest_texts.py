"""The longest text that every field takes, through every way a booking can go: no text decides whether a state is
applied, and everybody is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any
from uuid import uuid4

import pytest

from tests.contracts.files import CONTRACTS, read
from tests.support.client_api import Booking, ClientApi, Event, Seat
from tests.support.http import ProblemError
from tests.support.mailbox import sent_mails
from tests.support.stack import RunningStack
from tests.support.ticket_api import API
from tests.support.waiting import until
from tests.support.world import ORGANIZER, PASSWORD, World

LONGEST: dict[str, int] = {name: field["max_length"] for name, field in read(CONTRACTS / "text.json")["fields"].items()}
SCRIPTS = {"Latin": "Nacht ", "four bytes a character": "𝒩𝒾𝑔𝒽𝓉 "}


def longest(field: str, letters: str) -> str:
    """As many characters as the field takes; the last one is no space, which would be trimmed."""
    length = LONGEST[field]
    return (letters * length)[: length - 1] + letters[0]


class LongWorld(World[RunningStack]):
    """A world in which every name has its greatest length."""

    letters = SCRIPTS["Latin"]

    def new_event(self, **changes: Any) -> Event:
        """On sale now, with the longest name and venue."""
        there = self.stack.environment
        url = f"{there.organizer_url_for_ticket}/{ORGANIZER}"
        self.ticket.ensure_organizer(ORGANIZER, url, there.organizer_api_key)
        names = {"name": longest("event.name", self.letters), "venue": longest("event.venue", self.letters)}
        return self.ticket.create_event(ORGANIZER, **{**names, **changes})

    def long_seats(self, count: int) -> list[Seat]:
        """Seats in the longest section and row."""
        section, row = longest("seat.section", self.letters), longest("seat.row", self.letters)
        places = [{"section": section, "row": row, "number": 99_000 + n, "price": 250_000} for n in range(count)]
        self.ticket.call("POST", f"{API}/events/{self.event.id}/seats", json={"seats": places})
        return self.ticket.seats(self.event.id)

    def long_buyer(self) -> ClientApi:
        """A person with the longest name and e-mail address."""
        host = ".".join([uuid4().hex[:20], *["d" * 60] * 2, "example.com"])
        address = "a" * 64 + "@" + ("e" * (LONGEST["customer.email"] - 66 - len(host)) + "." + host)
        assert len(address) == LONGEST["customer.email"]
        name = longest("user.name", self.letters)
        api = ClientApi.register(self.stack.environment.client_url, email=address, password=PASSWORD, name=name)
        self._buyers.append(api)
        return api


@pytest.fixture(params=SCRIPTS.values(), ids=list(SCRIPTS))
def long_world(request: pytest.FixtureRequest, stack: RunningStack) -> Iterator[LongWorld]:
    """An event, seats and buyers whose names are as long as can be; afterwards every invariant must hold."""
    world = LongWorld(stack)
    world.letters = request.param
    try:
        world.calm()
        world.seats = world.long_seats(12)
        yield world
        stack.check()
    finally:
        world.close()


def told(buyer: ClientApi, booking_id: str, kind: str) -> dict[str, Any]:
    """The notification of this kind about the booking, once it is there."""
    found = until(
        lambda: [note for note in buyer.notifications() if note["kind"] == kind and note["booking_id"] == booking_id],
        what=f"a notification {kind}",
    )
    return dict(found[0])


def mailed(world: LongWorld, buyer: ClientApi, kind: str) -> EmailMessage:
    """The mail of the buyer's notification of this kind, once it has been sent."""
    (note,) = [note for note in buyer.notifications() if note["kind"] == kind]

    def look() -> list[EmailMessage]:
        return [mail for mail in sent_mails(world.stack.home / "mail") if mail["X-Notification-ID"] == note["id"]]

    return until(look, what=f"the mail {kind}", seconds=40)[0]


def test_a_booking_of_ten_seats_is_paid_and_its_document_and_mail_carry_the_whole_name(long_world: LongWorld) -> None:
    buyer = long_world.long_buyer()
    booking = long_world.book(buyer, *range(10))
    assert booking.status == "AWAITING_PAYMENT"
    assert long_world.event.name in told(buyer, booking.id, "BOOKING_HELD")["title"]
    long_world.pay(booking)
    long_world.await_status(buyer, booking.id, "BOOKED")
    long_world.await_document(buyer, booking.id)
    assert len(long_world.document_text(buyer, booking.id)) > LONGEST["event.name"]
    assert long_world.event.name in told(buyer, booking.id, "BOOKING_CONFIRMED")["title"]
    mail = mailed(long_world, buyer, "BOOKING_CONFIRMED")
    assert mail["To"] == buyer.account.email
    assert [part.get_content_type() for part in mail.iter_attachments()] == ["application/pdf"]


def test_an_expiry_a_failed_payment_and_a_cancellation_reach_the_buyer(long_world: LongWorld) -> None:
    buyer = long_world.long_buyer()
    expiring, failing, cancelled = (long_world.book(buyer, number) for number in range(3))
    long_world.stack.let_hold_expire(expiring.id)
    long_world.payment.simulate(next_outcomes=["fail"])
    long_world.pay(failing)
    long_world.await_status(buyer, failing.id, "FAILED")
    long_world.pay(cancelled)
    long_world.await_status(buyer, cancelled.id, "BOOKED")
    buyer.cancel(cancelled.id)
    long_world.await_status(buyer, expiring.id, "EXPIRED")
    told(buyer, expiring.id, "BOOKING_EXPIRED")
    told(buyer, failing.id, "BOOKING_FAILED")
    told(buyer, cancelled.id, "BOOKING_REFUNDED")
    mailed(long_world, buyer, "BOOKING_EXPIRED")
    mailed(long_world, buyer, "BOOKING_CANCELLED")


def test_who_queues_is_told_of_the_offer_and_pays_for_it(long_world: LongWorld) -> None:
    holder, waiter = long_world.long_buyer(), long_world.long_buyer()
    booking = long_world.book(holder, 0)
    entry = waiter.join_queue(long_world.seats[0].id)
    holder.cancel(booking.id)
    offered = until(
        lambda: waiter.entry(entry.id), lambda found: found.booking_id is not None, what="an offer"
    ).booking_id
    assert offered
    offer: Booking = until(
        lambda: waiter.booking(offered),
        lambda found: found.status == "AWAITING_PAYMENT",
        what="the offer can be paid",
        ignore=(ProblemError,),
    )
    assert long_world.event.name in told(waiter, offer.id, "WAITLIST_OFFER")["title"]
    mailed(long_world, waiter, "WAITLIST_OFFER")
    long_world.pay(offer)
    long_world.await_status(waiter, offer.id, "BOOKED")


@pytest.mark.parametrize("field", ["name", "venue"])
def test_a_line_break_in_a_name_is_refused_and_names_the_field(world: World, field: str) -> None:
    there = world.stack.environment
    url = f"{there.organizer_url_for_ticket}/{ORGANIZER}"
    world.ticket.ensure_organizer(ORGANIZER, url, there.organizer_api_key)
    with pytest.raises(ProblemError) as refused:
        world.ticket.create_event(ORGANIZER, **{field: "Opening night\nSecond line"})
    assert (refused.value.status, refused.value.type) == (422, "validation-error")
    assert [error["field"] for error in refused.value.document["errors"]] == [field]
