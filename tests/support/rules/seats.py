"""Rules 1 and 5: who has a seat, and who gets it next. All within ticket's database, so they hold at every moment."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

from tests.support.rules.violation import Violation, Violations
from tests.support.snapshot import Booking, Seat, Snapshot, WaitlistEntry


def seats_have_one_booking(snapshot: Snapshot) -> Violations:
    """Rule 1: at most one live booking per seat: `BOOKED` one, `ON_GOING` one live or under release, `OPEN` none."""
    claims: defaultdict[str, list[Booking]] = defaultdict(list)
    for booking in snapshot.bookings.values():
        for seat_id in booking.live_seat_ids:
            claims[seat_id].append(booking)
        if booking.is_live and booking.live_seat_ids != booking.seat_ids:
            yield _always(1, "live booking without all its seats", booking.id, f"{booking.status} has given seats away")
    for seat_id, claimants in claims.items():
        if len(claimants) > 1:
            ids = ", ".join(sorted(booking.id for booking in claimants))
            yield _always(1, "seat sold twice", seat_id, f"bookings {ids} all have it")
        seat = snapshot.seats.get(seat_id)
        if seat is None or seat.booking_id not in {booking.id for booking in claimants}:
            named = "does not exist" if seat is None else f"is {seat.status} and names {seat.booking_id}"
            yield _always(1, "seat does not name its booking", seat_id, f"{claimants[0].id} has it, but it {named}")
    for seat in snapshot.seats.values():
        yield from _seat_and_its_booking(seat, snapshot)


def _seat_and_its_booking(seat: Seat, snapshot: Snapshot) -> Violations:
    if seat.status == "OPEN":
        if seat.booking_id is not None:
            yield _always(1, "open seat names a booking", seat.id, f"names {seat.booking_id}")
        return
    booking = snapshot.bookings.get(seat.booking_id or "")
    if booking is None:
        yield _always(1, "taken seat without booking", seat.id, f"{seat.status}, names {seat.booking_id}")
    elif seat.id not in booking.live_seat_ids:
        yield _always(1, "seat names a booking that does not have it", seat.id, f"{seat.status}, names {booking.id}")
    elif (seat.status == "BOOKED") != (booking.status == "BOOKED") and not _is_release_of_paid(seat, booking):
        yield _always(
            1, "seat and booking disagree", seat.id, f"seat {seat.status}, booking {booking.id} {booking.status}"
        )
    elif booking.has_ended and booking.released_at is not None:
        yield _always(
            1, "released booking still has a seat", seat.id, f"{booking.id} was released at {booking.released_at}"
        )


def _is_release_of_paid(seat: Seat, booking: Booking) -> bool:
    """A paid booking that was cancelled may keep its seat `BOOKED` while the release is under way."""
    return seat.status == "BOOKED" and booking.has_ended and booking.released_at is None


def nobody_is_passed_over(snapshot: Snapshot) -> Violations:
    """Rule 5: no seat is `OPEN` while somebody waits for it; promotions follow join order.

    Also when the sale is over, since it may be opened again.
    """
    lines: defaultdict[str, list[WaitlistEntry]] = defaultdict(list)
    for entry in snapshot.entries:
        lines[entry.seat_id].append(entry)
    for seat_id, line in lines.items():
        seat = snapshot.seats.get(seat_id)
        waiting = [entry for entry in line if entry.status == "WAITING"]
        if seat is not None and seat.status == "OPEN" and waiting:
            yield _always(5, "open seat with a queue", seat_id, f"{len(waiting)} wait, first {waiting[0].id}")
        yield from _in_order(line, snapshot)
        yield from _live_entries(line, snapshot)


def _in_order(line: list[WaitlistEntry], snapshot: Snapshot) -> Violations:
    in_join_order = sorted(line, key=lambda entry: (entry.joined_at, entry.id))
    promoted = [entry for entry in in_join_order if entry.booking_id is not None]
    if not promoted:
        return
    for entry in in_join_order[: in_join_order.index(promoted[-1])]:
        if entry.status == "WAITING":
            yield _always(
                5,
                "passed over in the queue",
                entry.id,
                f"waits since {entry.joined_at}, {promoted[-1].id} was promoted",
            )
    for earlier, later in pairwise(promoted):
        first, second = (snapshot.bookings.get(entry.booking_id or "") for entry in (earlier, later))
        if first and second and first.created_at > second.created_at:
            yield _always(5, "promoted out of order", earlier.id, f"joined before {later.id}, promoted after it")


def _live_entries(line: list[WaitlistEntry], snapshot: Snapshot) -> Violations:
    """One live entry per buyer and seat; an offer names a live booking of its buyer, a fulfilled one a paid booking."""
    seen: set[str] = set()
    for entry in line:
        if entry.status in {"WAITING", "OFFERED"}:
            if entry.customer_id in seen:
                yield _always(
                    5,
                    "queued twice",
                    entry.id,
                    f"customer {entry.customer_id} has another live entry for {entry.seat_id}",
                )
            seen.add(entry.customer_id)
        if entry.status in {"OFFERED", "FULFILLED"}:
            booking = snapshot.bookings.get(entry.booking_id or "")
            if booking is None or booking.customer_id != entry.customer_id or entry.seat_id not in booking.seat_ids:
                yield _always(5, "offer without its booking", entry.id, f"{entry.status}, names {entry.booking_id}")
            elif entry.status == "OFFERED" and booking.status not in {"HOLDING", "AWAITING_PAYMENT"}:
                yield _always(5, "offer outlives its booking", entry.id, f"booking {booking.id} is {booking.status}")


def _always(rule: int, name: str, subject: str, detail: str) -> Violation:
    return Violation(rule, name, subject, detail, always=True)
