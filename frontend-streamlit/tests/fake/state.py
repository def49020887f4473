"""The records of the fake client service, in memory: accounts, catalogue, bookings, queues, messages."""

import itertools
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

Record = dict[str, Any]
Where = dict[str, Any]

HOLD = timedelta(minutes=15)
LIVE = {"REQUESTED", "HOLDING", "AWAITING_PAYMENT", "BOOKED"}


def timestamp(at: datetime) -> str:
    """Writes a time as the contract does."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def time_from_now(**delta: float) -> str:
    """Writes a time relative to now as the contract does."""
    return timestamp(datetime.now(UTC) + timedelta(**delta))


@cache
def stable_id(name: str) -> str:
    """Returns an id that is the same in every run."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


@dataclass
class FakeRecords:
    """All records of the fake, and how it behaves. Tests change them as another service would."""

    base_url: str = ""
    users: list[Record] = field(default_factory=list)
    passwords: dict[str, str] = field(default_factory=dict)
    access: dict[str, str] = field(default_factory=dict)
    refresh: dict[str, str] = field(default_factory=dict)
    events: list[Record] = field(default_factory=list)
    seats: dict[str, list[Record]] = field(default_factory=dict)
    bookings: list[Record] = field(default_factory=list)
    waitlist: list[Record] = field(default_factory=list)
    notifications: list[Record] = field(default_factory=list)
    answers: dict[str, Record] = field(default_factory=dict)
    created: dict[str, tuple[Record, Any]] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    viewers: list[str | None] = field(default_factory=list)
    """Of each request, the signed address of the person."""
    violations: list[str] = field(default_factory=list)
    """What the client service would never answer; a test finds out in the end."""
    changes: list[Record] = field(default_factory=list)
    seeds: list[str] = field(default_factory=list)
    """Of the requests for the best seats."""
    next_refusal: Record | None = None
    broken: str | None = None
    rotates: bool = True
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    def add_user(self, email: str, password: str, name: str, *, is_staff: bool = False) -> Record:
        """Adds an account."""
        user = {
            "id": stable_id(email),
            "version": 1,
            "email": email,
            "name": name,
            "is_staff": is_staff,
            "is_active": True,
            "created_at": time_from_now(days=-20),
        }
        self.users.append(user)
        self.passwords[email] = password
        return user

    @staticmethod
    def change(record: Record, changes: Record) -> None:
        """Changes a record as staff do, so that its version grows."""
        record.update(changes, version=record["version"] + 1)

    def tokens(self, user_id: str) -> Record:
        """Issues a new pair of tokens."""
        pair = {"access": f"access-{uuid.uuid4().hex}", "refresh": f"refresh-{uuid.uuid4().hex}"}
        self.access[pair["access"]] = user_id
        self.refresh[pair["refresh"]] = user_id
        return pair

    def add_event(self, name: str, venue: str, *, days: float = 30, **extra: Any) -> Record:
        """Adds an event on sale, without seats."""
        event = {
            "id": stable_id(name),
            "version": 1,
            "name": name,
            "venue": venue,
            "time_zone": "Asia/Jakarta",
            "starts_at": time_from_now(days=days),
            "sales_open_at": time_from_now(days=-10),
            "sales_close_at": time_from_now(days=days, hours=-1),
            "description": "",
            "organizer": {"slug": "garuda-live", "name": "Garuda Live"},
            "status": "ON_SALE",
            "currency": "IDR",
            **extra,
        }
        self.events.append(event)
        self.seats[event["id"]] = []
        return event

    def add_block(self, event: Record, section: str, rows: int, seats_per_row: int, price: int) -> list[Record]:
        """Adds a block of open seats."""
        made = [
            {
                "id": stable_id(f"{event['id']}/{section}/{row}/{number}"),
                "version": 1,
                "section": section,
                "row": row_name(row),
                "number": number,
                "price": price,
                "status": "OPEN",
            }
            for row in range(rows)
            for number in range(1, seats_per_row + 1)
        ]
        self.seats[event["id"]] += made
        return made

    def seat(self, seat_id: str) -> tuple[Record, Record] | None:
        """Returns a seat and its event."""
        for event in self.events:
            for seat in self.seats[event["id"]]:
                if seat["id"] == seat_id:
                    return seat, event
        return None

    def add_booking(self, user: Record, event: Record, seats: list[Record], status: str, **extra: Any) -> Record:
        """Adds a booking and sets the states of its seats."""
        number = next(self.numbers)
        booking = {
            "id": str(uuid.uuid4()),
            "user_id": user["id"],
            "status": status,
            "event": {key: event[key] for key in ("id", "name", "venue", "time_zone", "starts_at")},
            "seats": [{key: seat[key] for key in ("id", "section", "row", "number", "price")} for seat in seats],
            "amount": sum(seat["price"] for seat in seats),
            "currency": event["currency"],
            "invoice_number": f"INV-2026-{number:05d}",
            "payment_url": f"/pay/{number}" if status == "AWAITING_PAYMENT" else None,
            "hold_expires_at": timestamp(datetime.now(UTC) + HOLD) if status == "AWAITING_PAYMENT" else None,
            "failure_reason": None,
            "cancel_reason": None,
            "refund_status": None,
            "origin": "DIRECT",
            "ticket_available": status in {"BOOKED", "FAILED"},
            "created_at": time_from_now(minutes=-number),
            "updated_at": time_from_now(),
            **extra,
        }
        self.bookings.insert(0, booking)
        marks = {"BOOKED": "BOOKED", "AWAITING_PAYMENT": "ON_GOING", "HOLDING": "ON_GOING", "REQUESTED": "ON_GOING"}
        for seat in seats:
            seat["status"] = marks.get(status, seat["status"])
        return booking

    def change_status(self, booking: Record, status: str, **changes: Any) -> None:
        """Changes the state of a booking, as an event from the ticket service would."""
        booking.update(
            status=status, updated_at=time_from_now(), ticket_available=status != "AWAITING_PAYMENT", **changes
        )
        for held in booking["seats"]:
            found = self.seat(held["id"])
            if found is not None:
                found[0]["status"] = "BOOKED" if status == "BOOKED" else "OPEN"

    def add_entry(self, user: Record, seat: Record, event: Record, status: str = "WAITING", **extra: Any) -> Record:
        """Adds a waitlist entry."""
        ahead = [e for e in self.waitlist if e["seat"]["id"] == seat["id"] and e["status"] == "WAITING"]
        entry = {
            "id": str(uuid.uuid4()),
            "version": 1,
            "status": status,
            "position": len(ahead) + 1 if status == "WAITING" else None,
            "seat": {key: seat[key] for key in ("id", "section", "row", "number", "price")},
            "event": {key: event[key] for key in ("id", "name", "venue", "starts_at", "currency")},
            "customer": {key: user[key] for key in ("id", "name", "email")},
            "booking_id": None,
            "offer_expires_at": None,
            "joined_at": time_from_now(minutes=-30),
            "updated_at": time_from_now(),
            **extra,
        }
        self.waitlist.append(entry)
        return entry

    def notify(self, user: Record, title: str, body: str, booking: Record | None = None, *, read: bool = False) -> None:
        """Adds a message."""
        self.notifications.insert(
            0,
            {
                "id": str(uuid.uuid4()),
                "user_id": user["id"],
                "kind": "BOOKING_CONFIRMED",
                "waitlist_entry_id": None,
                "title": title,
                "body": body,
                "booking_id": booking["id"] if booking else None,
                "read_at": time_from_now() if read else None,
                "created_at": time_from_now(hours=len(self.notifications) - 9),
            },
        )


def row_name(index: int) -> str:
    """Returns A, B, … Z, AA, AB, …"""
    name = ""
    index += 1
    while index:
        index, letter = divmod(index - 1, 26)
        name = chr(65 + letter) + name
    return name
