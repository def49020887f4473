"""The invariant checker finds each kind of broken promise, and nothing where all is well."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from tests.support.invariants import violations_of
from tests.support.rules.story import OWN_FAILURES
from tests.support.snapshot import (
    Booking,
    ClientBooking,
    ClientEntry,
    Delivery,
    EventFacts,
    Hold,
    Invoice,
    Seat,
    Snapshot,
    StoredDocument,
    WaitlistEntry,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
EARLIER = NOW - timedelta(minutes=10)
LATER = NOW + timedelta(minutes=10)
PAID, UNPAID, ENDED = (str(uuid4()) for _ in range(3))
SEAT_PAID, SEAT_UNPAID, SEAT_OPEN = (str(uuid4()) for _ in range(3))
ADA, BEN, WIM = (str(uuid4()) for _ in range(3))
EVENT = str(uuid4())
FACTS = EventFacts("Malam Gamelan", "Gedung Kesenian", "Asia/Jakarta", LATER)
ENTRY = str(uuid4())
ABOUT_ENTRY = Delivery(str(uuid4()), "waitlist.updated", ENTRY, 1, "DELIVERED", None)
INVOICE_STATUS = {"BOOKED": "PAID", "AWAITING_PAYMENT": "PENDING", "FAILED": "FAILED"}


def booking(id: str, status: str, seat: str, customer: str) -> Booking:
    ended = status == "FAILED"
    return Booking(
        id=id,
        version=3,
        event_id=EVENT,
        organizer="x",
        customer_id=customer,
        origin="DIRECT",
        status=status,
        failure_reason="PAYMENT_FAILED" if ended else None,
        cancel_reason=None,
        refund_status=None,
        amount=100,
        currency="IDR",
        invoice_number=f"INV-{id}",
        hold_expires_at=LATER,
        next_step_at=LATER if status == "AWAITING_PAYMENT" else None,
        released_at=EARLIER if ended else None,
        document_kind="CONFIRMATION" if status == "BOOKED" else None,
        document_key=f"{id}.pdf" if status == "BOOKED" else None,
        document_sha256="a" * 64 if status == "BOOKED" else None,
        created_at=EARLIER,
        seat_ids=frozenset({seat}),
        live_seat_ids=frozenset() if ended else frozenset({seat}),
        event=FACTS,
        is_document_outdated=False,
    )


def add_booking(world: Snapshot, made: Booking) -> None:
    """The booking with everything that belongs to it, everywhere."""
    world.bookings[made.id] = made
    invoice_status = INVOICE_STATUS[made.status]
    world.invoices[made.id] = Invoice(
        f"INV-{made.id}", made.id, 2, invoice_status, 100, "IDR", LATER, None, updated_at=EARLIER
    )
    world.holds[made.id] = Hold(made.id, "x", made.seat_ids, "RELEASED" if made.has_ended else "HELD")
    if made.document_key:
        world.documents[made.document_key] = StoredDocument(made.document_key, made.document_sha256)
    world.client_bookings[made.id] = ClientBooking(
        made.id, 3, made.customer_id, made.status, made.failure_reason, None, None, 100, made.invoice_number,
        made.document_sha256, EARLIER, FACTS,
    )  # fmt: skip
    told = Delivery(str(uuid4()), "booking.updated", made.id, 3, "DELIVERED", None)
    world.ticket_deliveries.append(told)
    world.client_inbox.add(told.id)
    if invoice_status in {"PAID", "FAILED"}:
        decided = Delivery(str(uuid4()), f"invoice.{invoice_status.lower()}", made.id, 2, "DELIVERED", None)
        world.payment_deliveries.append(decided)
        world.ticket_inbox[decided.id] = "applied"


@pytest.fixture
def world() -> Snapshot:
    """A paid booking, an unpaid one with a queue behind it, a failed one, and an open seat."""
    world = Snapshot(now=NOW, client_customers={ADA, BEN, WIM})
    world.seats = {
        SEAT_PAID: Seat(SEAT_PAID, EVENT, "BOOKED", PAID),
        SEAT_UNPAID: Seat(SEAT_UNPAID, EVENT, "ON_GOING", UNPAID),
        SEAT_OPEN: Seat(SEAT_OPEN, EVENT, "OPEN", None),
    }
    add_booking(world, booking(PAID, "BOOKED", SEAT_PAID, ADA))
    add_booking(world, booking(UNPAID, "AWAITING_PAYMENT", SEAT_UNPAID, BEN))
    add_booking(world, booking(ENDED, "FAILED", SEAT_OPEN, ADA))
    world.entries = [WaitlistEntry(ENTRY, 1, SEAT_UNPAID, WIM, "WAITING", None, EARLIER)]
    world.client_entries = {ENTRY: ClientEntry(ENTRY, 1, "WAITING", None)}
    return world


def names(world: Snapshot) -> set[tuple[int, str]]:
    return {(violation.rule, violation.name) for violation in violations_of(world)}


def test_nothing_is_found_where_all_is_well(world: Snapshot) -> None:
    assert violations_of(world) == []


def change_booking(id: str, **changes: object) -> Callable[[Snapshot], None]:
    def plant(world: Snapshot) -> None:
        world.bookings[id] = replace(world.bookings[id], **changes)  # type: ignore[arg-type]

    return plant


def change_seat(id: str, **changes: object) -> Callable[[Snapshot], None]:
    def plant(world: Snapshot) -> None:
        world.seats[id] = replace(world.seats[id], **changes)  # type: ignore[arg-type]

    return plant


def change_invoice(id: str, **changes: object) -> Callable[[Snapshot], None]:
    def plant(world: Snapshot) -> None:
        world.invoices[id] = replace(world.invoices[id], **changes)  # type: ignore[arg-type]

    return plant


def change_mirror(id: str, **changes: object) -> Callable[[Snapshot], None]:
    def plant(world: Snapshot) -> None:
        world.client_bookings[id] = replace(world.client_bookings[id], **changes)  # type: ignore[arg-type]

    return plant


def change_delivery(list_name: str, **changes: object) -> Callable[[Snapshot], None]:
    def plant(world: Snapshot) -> None:
        deliveries: list[Delivery] = getattr(world, list_name)
        deliveries[0] = replace(deliveries[0], **changes)  # type: ignore[arg-type]

    return plant


def do(change: Callable[[Snapshot], object]) -> Callable[[Snapshot], None]:
    def plant(world: Snapshot) -> None:
        change(world)

    return plant


def put_hold(id: str, status: str, *seats: str) -> Callable[[Snapshot], None]:
    return do(lambda world: world.holds.update({id: Hold(id, "x", frozenset(seats), status)}))


def put_entry(entry: ClientEntry) -> Callable[[Snapshot], None]:
    return do(lambda world: world.client_entries.update({entry.id: entry}))


def second_entry(**changes: object) -> Callable[[Snapshot], None]:
    def plant(world: Snapshot) -> None:
        entry = WaitlistEntry(str(uuid4()), 2, SEAT_UNPAID, BEN, "OFFERED", UNPAID, NOW)
        world.entries.append(replace(entry, **changes))  # type: ignore[arg-type]

    return plant


PLANTED: list[tuple[int, str, Callable[[Snapshot], None]]] = [
    (1, "seat sold twice", change_booking(UNPAID, live_seat_ids=frozenset({SEAT_PAID}))),
    (1, "seat does not name its booking", change_seat(SEAT_PAID, booking_id=UNPAID)),
    (1, "live booking without all its seats", change_booking(PAID, live_seat_ids=frozenset())),
    (1, "open seat names a booking", change_seat(SEAT_OPEN, booking_id=ENDED)),
    (1, "taken seat without booking", change_seat(SEAT_OPEN, status="ON_GOING", booking_id=str(uuid4()))),
    (1, "seat names a booking that does not have it", change_seat(SEAT_OPEN, status="ON_GOING", booking_id=ENDED)),
    (1, "seat and booking disagree", change_seat(SEAT_PAID, status="ON_GOING")),
    (1, "seat and booking disagree", change_seat(SEAT_UNPAID, status="BOOKED")),
    (1, "released booking still has a seat", change_booking(UNPAID, status="EXPIRED", released_at=EARLIER)),
    (2, "booking without invoice", do(lambda world: world.invoices.pop(PAID))),
    (2, "booking and invoice disagree", change_invoice(PAID, status="REFUNDED")),
    (2, "booking and invoice disagree", change_invoice(UNPAID, status="VOID")),
    (2, "amounts differ", change_invoice(PAID, amount=99)),
    (2, "amounts differ", change_invoice(PAID, currency="USD")),
    (2, "invoice numbers differ", change_invoice(PAID, number="INV-other")),
    (2, "booking without organizer hold", do(lambda world: world.holds.pop(PAID))),
    (2, "booking without organizer hold", put_hold(PAID, "RELEASED")),
    (2, "organizer holds other seats", put_hold(PAID, "HELD", SEAT_OPEN)),
    (2, "booking without document", change_booking(PAID, document_kind="NOTICE")),
    (2, "document is older than the event", change_booking(PAID, is_document_outdated=True)),
    (2, "document not in the bucket", do(lambda world: world.documents.clear())),
    (2, "document was changed", change_booking(PAID, document_sha256="b" * 64)),
    (2, "paid without a seat", change_invoice(ENDED, status="PAID")),
    (2, "paid without a seat", change_invoice(UNPAID, status="PAID")),
    (2, "invoice without booking", change_invoice(UNPAID, reference=str(uuid4()))),
    (3, "ended booking can still be paid or was not refunded", change_invoice(ENDED, status="PENDING")),
    (3, "orphan hold at the organizer", put_hold(ENDED, "HELD")),
    (3, "document not in the bucket", change_booking(ENDED, document_key="notice.pdf", document_kind="NOTICE")),
    (3, "hold of an unknown booking", put_hold("new", "HELD")),
    (4, "status differs", change_mirror(UNPAID, status="BOOKED")),
    (4, "version differs", change_mirror(UNPAID, version=2)),
    (4, "amount differs", change_mirror(UNPAID, amount=1)),
    (4, "failure_reason differs", change_mirror(ENDED, failure_reason="ORGANIZER_DECLINED")),
    (4, "customer_id differs", change_mirror(ENDED, customer_id=BEN)),
    (4, "document differs", change_mirror(PAID, document_sha256=None)),
    (4, "event differs", change_mirror(PAID, event=replace(FACTS, starts_at=EARLIER))),
    (4, "event differs", change_booking(UNPAID, event=replace(FACTS, venue="Gedung Baru"))),
    (4, "booking unknown to client", do(lambda world: world.client_bookings.pop(UNPAID))),
    (4, "booking unknown to ticket", do(lambda world: world.bookings.pop(ENDED))),
    (4, "waitlist entry unknown to client", do(lambda world: world.client_entries.clear())),
    (4, "waitlist entry unknown to ticket", do(lambda world: world.entries.clear())),
    (4, "waitlist entry differs", put_entry(ClientEntry(ENTRY, 1, "LEFT", None))),
    (5, "open seat with a queue", change_seat(SEAT_UNPAID, status="OPEN", booking_id=None)),
    (5, "passed over in the queue", second_entry()),
    (5, "queued twice", second_entry(customer_id=WIM, status="WAITING", booking_id=None)),
    (5, "offer without its booking", second_entry(booking_id=str(uuid4()))),
    (5, "offer without its booking", second_entry(booking_id=PAID)),
    (5, "offer outlives its booking", second_entry(booking_id=ENDED, customer_id=ADA, seat_id=SEAT_OPEN)),
    (6, "webhook not delivered yet", change_delivery("ticket_deliveries", state="PENDING", next_attempt_at=NOW)),
    (6, "webhook not delivered yet", change_delivery("payment_deliveries", state="PENDING", next_attempt_at=NOW)),
    (6, "delivered webhook without effect", change_delivery("ticket_deliveries", id=str(uuid4()), subject_version=4)),
    (6, "delivered webhook without effect", do(lambda world: world.ticket_deliveries.append(ABOUT_ENTRY))),
    (6, "delivered webhook without effect", do(lambda world: world.ticket_inbox.clear())),
    (6, "decision never told", do(lambda world: world.payment_deliveries.clear())),
    (6, "decision told by two webhooks", do(lambda world: world.payment_deliveries.extend(world.payment_deliveries))),
    (6, "change never told", change_booking(UNPAID, version=4)),
    (7, "hold not decided yet", change_booking(UNPAID, status="HOLDING")),
    (7, "nobody acts on it", change_booking(UNPAID, next_step_at=None)),
    (7, "nobody acts on it", change_booking(PAID, document_key=None)),
    (7, "document not made yet", change_booking(PAID, document_key=None)),
    (7, "booking is overdue", change_booking(UNPAID, next_step_at=EARLIER)),
    (7, "hold outlives its deadline", change_booking(UNPAID, hold_expires_at=EARLIER)),
    (7, "release under way", change_booking(ENDED, released_at=None)),
    (7, "refund under way", change_booking(ENDED, refund_status="PENDING")),
    (7, "webhook is overdue", change_delivery("ticket_deliveries", state="PENDING", next_attempt_at=EARLIER)),
    (7, "payment not decided yet", change_invoice(UNPAID, status="PROCESSING", updated_at=NOW)),
    (7, "payment is overdue", change_invoice(UNPAID, status="PROCESSING")),
    (7, "refund not done yet", change_invoice(PAID, refund_requested_at=NOW)),
    (7, "request without answer", change_mirror(ENDED, status="REQUESTED")),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "name", "plant"), PLANTED, ids=[f"{rule}-{name}" for rule, name, _ in PLANTED])
def test_a_planted_violation_is_found(world: Snapshot, rule: int, name: str, plant: Callable[[Snapshot], None]) -> None:
    plant(world)
    assert (rule, name) in names(world)


def test_promotions_out_of_order_are_found(world: Snapshot) -> None:
    world.bookings[PAID] = replace(world.bookings[PAID], created_at=NOW, seat_ids=frozenset({SEAT_UNPAID}))
    world.entries = [
        WaitlistEntry("first", 2, SEAT_UNPAID, ADA, "FULFILLED", PAID, EARLIER),
        WaitlistEntry("second", 2, SEAT_UNPAID, BEN, "LAPSED", UNPAID, NOW),
    ]
    assert (5, "promoted out of order") in names(world)


@pytest.mark.parametrize("reason", sorted(OWN_FAILURES))
def test_what_client_refused_by_itself_is_no_violation(world: Snapshot, reason: str) -> None:
    refused = replace(world.client_bookings[ENDED], id=str(uuid4()), version=0, failure_reason=reason)
    world.client_bookings[refused.id] = refused
    assert violations_of(world) == []


@pytest.mark.parametrize("reason", sorted(OWN_FAILURES))
def test_a_failure_that_ticket_has_told_and_then_forgotten_is_found(world: Snapshot, reason: str) -> None:
    told = replace(world.client_bookings[ENDED], id=str(uuid4()), version=2, failure_reason=reason)
    world.client_bookings[told.id] = told
    assert names(world) == {(4, "booking unknown to ticket")}


def test_a_dead_letter_is_visible_and_therefore_no_violation(world: Snapshot) -> None:
    world.ticket_deliveries[0] = replace(world.ticket_deliveries[0], state="DEAD")
    assert violations_of(world) == []


def test_ten_thousand_bookings_are_checked_in_seconds(world: Snapshot) -> None:
    for _ in range(10_000):
        made, seat = str(uuid4()), str(uuid4())
        world.seats[seat] = Seat(seat, EVENT, "BOOKED", made)
        add_booking(world, booking(made, "BOOKED", seat, ADA))
    begun = time.process_time()
    assert violations_of(world) == []
    assert time.process_time() - begun < 5
