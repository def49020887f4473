"""The rules of docs/booking.md for one event: always, between two snapshots, and after everything has finished.

Each function yields one sentence for each broken rule; the number is the number of the rule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from support.snapshot import Row, Snapshot

LIVE = ("HOLDING", "AWAITING_PAYMENT", "BOOKED")
SETTLED = (None, "VOID", "FAILED", "REFUNDED")
FINAL_ENTRIES = ("FULFILLED", "LAPSED", "LEFT")


def broken_rules(snapshot: Snapshot) -> Iterator[str]:
    """Yields the broken rules of those that always hold, whatever actions are in progress."""
    yield from _seats(snapshot)
    for booking in snapshot.bookings.values():
        yield from _booking(snapshot, booking)
    for seat_id, seat in snapshot.seats.items():
        yield from _queue(snapshot, seat_id, seat)
    yield from _promotions(snapshot)
    yield from _published(snapshot)


def _seats(snapshot: Snapshot) -> Iterator[str]:
    live = [claim for claim in snapshot.claims if claim["live"]]
    for seat_id, claims in Counter(claim["seat_id"] for claim in live).items():
        if claims > 1:
            yield f"1: {claims} bookings have seat {seat_id}"
    claimed = {(claim["seat_id"], claim["booking_id"]) for claim in live}
    named = {(seat["id"], seat["booking_id"]) for seat in snapshot.seats.values() if seat["booking_id"]}
    for seat_id, booking_id in claimed ^ named:
        yield f"1: seat {seat_id} and booking {booking_id} do not name each other"
    for seat in snapshot.seats.values():
        if (seat["status"] == "OPEN") != (seat["booking_id"] is None):
            yield f"1: seat {seat['id']} is {seat['status']} and names {seat['booking_id']}"


def _booking(snapshot: Snapshot, booking: Row) -> Iterator[str]:
    id_, status = booking["id"], booking["status"]
    invoice = snapshot.invoices.get(id_, {})
    if status in LIVE:
        for seat in snapshot.seats_of(id_):
            if (seat["booking_id"], seat["status"]) != (id_, "BOOKED" if status == "BOOKED" else "ON_GOING"):
                yield f"1: {id_} is {status}, its seat {seat['status']} of {seat['booking_id']}"
    if status in ("AWAITING_PAYMENT", "BOOKED") and id_ not in snapshot.held:
        yield f"2: {id_} is {status} without a hold at the organizer"
    if status == "BOOKED" and invoice.get("status") != "PAID":
        yield f"2: {id_} is BOOKED, its invoice {invoice.get('status')}"
    yield from _ended(snapshot, booking, invoice.get("status"))


def _ended(snapshot: Snapshot, booking: Row, invoice: str | None) -> Iterator[str]:
    id_, status = booking["id"], booking["status"]
    # A booking that was cancelled before it had an invoice gets the invoice's tombstone with its release.
    unpaid_end = status == "CANCELLED" and booking["refund_status"] is None and booking["invoice_number"] is not None
    if (status == "EXPIRED" or unpaid_end) and invoice != "VOID":
        yield f"3: {id_} is {status}, its invoice was not made void before but is {invoice}"
    if booking["released_at"] is not None:
        if status in LIVE:
            yield f"3: {id_} is {status} and was released"
        if id_ in snapshot.held:
            yield f"3: {id_} was released, but the organizer holds seats for it"
        if invoice in ("PENDING", "PROCESSING"):
            yield f"3: {id_} was released and can still be paid"


def _queue(snapshot: Snapshot, seat_id: str, seat: Row) -> Iterator[str]:
    queue = snapshot.queue(seat_id)
    waiting = [entry for entry in queue if entry["status"] == "WAITING"]
    if seat["status"] == "OPEN" and waiting:
        yield f"5: seat {seat_id} is OPEN while {len(waiting)} wait for it"
    for place, entry in enumerate(waiting, 1):
        if entry["position"] != place:
            yield f"5: entry {entry['id']} is number {place} in its queue, and shown as number {entry['position']}"
    promoted = [number for number, entry in enumerate(queue) if entry["booking_id"] is not None]
    # A promoted entry has overtaken each entry that joined earlier and still waits.
    if promoted and any(entry["status"] == "WAITING" for entry in queue[: promoted[-1]]):
        yield f"5: an earlier entry in the queue of {seat_id} was passed over"
    served = [snapshot.bookings[queue[number]["booking_id"]]["created_at"] for number in promoted]
    if served != sorted(served):
        yield f"5: the queue of {seat_id} was not served in order"
    offered = [entry for entry in queue if entry["status"] == "OFFERED"]
    if len(offered) > 1:
        yield f"5: seat {seat_id} is offered to {len(offered)} people"
    for entry in offered:
        if seat["booking_id"] != entry["booking_id"]:
            yield f"5: seat {seat_id} is offered by {entry['booking_id']}, but {seat['booking_id']} has it"
    queued = Counter(entry["customer_id"] for entry in queue if entry["status"] in ("WAITING", "OFFERED"))
    if any(times > 1 for times in queued.values()):
        yield f"5: a customer has two live entries in the queue of {seat_id}"


ENTRY_OF = {"HOLDING": "OFFERED", "AWAITING_PAYMENT": "OFFERED", "BOOKED": "FULFILLED"}


def _promotions(snapshot: Snapshot) -> Iterator[str]:
    for booking in snapshot.bookings.values():
        wanted = ENTRY_OF.get(booking["status"])
        if booking["origin"] != "WAITLIST" or wanted is None:
            continue
        entry = snapshot.entries[booking["waitlist_entry_id"]]
        if (entry["status"], entry["booking_id"]) != (wanted, booking["id"]):
            yield f"5: {booking['id']} came from the queue, its entry is {entry['status']} of {entry['booking_id']}"


def _published(snapshot: Snapshot) -> Iterator[str]:
    for kind, things in (("booking", snapshot.bookings), ("entry", snapshot.entries)):
        for thing in things.values():
            published = snapshot.published.get(thing["id"])
            if published is None and thing["status"] == "HOLDING" and thing["version"] == 1:
                continue  # the first event is published with version 2; the buyer learns version 1 from the answer
            if published is None or (published["version"], published["repeated"]) != (thing["version"], 0):
                yield f"4: {kind} {thing['id']} has version {thing['version']}, but the last event {published}"


def broken_changes(before: Snapshot, now: Snapshot) -> Iterator[str]:
    """Yields the broken rules about changes: versions only grow, and a final status stays."""
    for old, new in _both(before.bookings, now.bookings):
        if new["version"] < old["version"] or new["invoice_version"] < old["invoice_version"]:
            yield f"versions of booking {new['id']} went back"
        if old["status"] not in LIVE and new["status"] != old["status"]:
            yield f"booking {new['id']} was {old['status']} and became {new['status']}"
        if old["status"] != new["status"] and new["version"] == old["version"]:
            yield f"booking {new['id']} became {new['status']} under the same version"
        if old["released_at"] is not None and new["released_at"] != old["released_at"]:
            yield f"booking {new['id']} was released twice"
    for old, new in _both(before.entries, now.entries):
        if new["version"] < old["version"]:
            yield f"versions of entry {new['id']} went back"
        if old["status"] in FINAL_ENTRIES and new["status"] != old["status"]:
            yield f"entry {new['id']} was {old['status']} and became {new['status']}"
        if old["booking_id"] is not None and new["booking_id"] != old["booking_id"]:
            yield f"entry {new['id']} was promoted twice"


def _both(before: dict[str, Row], now: dict[str, Row]) -> Iterator[tuple[Row, Row]]:
    for id_, old in before.items():
        if id_ not in now:
            raise AssertionError(f"{id_} was deleted")
        yield old, now[id_]


def broken_when_finished(snapshot: Snapshot) -> Iterator[str]:
    """Yields the broken rules of those that hold when every message has arrived and no work is due."""
    yield from broken_rules(snapshot)
    for booking in snapshot.bookings.values():
        yield from _unfinished(snapshot, booking)
    for reference in snapshot.held - {id_ for id_, row in snapshot.bookings.items() if row["status"] in LIVE}:
        yield f"3: an orphan hold {reference} at the organizer"
    for seat in snapshot.seats.values():
        holder = snapshot.bookings.get(seat["booking_id"] or "")
        if holder is not None and holder["status"] not in LIVE:
            yield f"1: seat {seat['id']} stays with {holder['id']}, which is {holder['status']}"
    for entry in snapshot.entries.values():
        if entry["status"] == "WAITING" and not snapshot.on_sale:
            yield f"7: entry {entry['id']} waits although the sale is over"


def _unfinished(snapshot: Snapshot, booking: Row) -> Iterator[str]:
    id_, status = booking["id"], booking["status"]
    paid = snapshot.invoices.get(id_, {}).get("status")
    if status == "HOLDING":
        yield f"7: {id_} is stuck in HOLDING"
    if status == "AWAITING_PAYMENT" and (paid != "PENDING" or booking["next_step_at"] is None):
        yield f"7: {id_} is AWAITING_PAYMENT, its invoice {paid}, next step {booking['next_step_at']}"
    if status == "BOOKED" and (booking["document_kind"] != "CONFIRMATION" or booking["next_step_at"] is not None):
        yield f"7: {id_} is BOOKED with document {booking['document_kind']}, next step {booking['next_step_at']}"
    if status in LIVE:
        return
    if paid not in SETTLED:
        yield f"3: {id_} is {status}, its invoice {paid}"
    if (paid == "REFUNDED") != (booking["refund_status"] == "REFUNDED"):
        yield f"3: {id_} has refund {booking['refund_status']}, its invoice is {paid}"
    if booking["released_at"] is None or booking["next_step_at"] is not None or booking["document_kind"] != "NOTICE":
        yield f"7: the end of {id_} is not complete: {booking}"
