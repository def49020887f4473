"""The parts that bookings and waitlist entries share."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Customer:
    """The buyer, as the client service named them when the booking or the entry was made."""

    id: UUID
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class EventFacts:
    """The part of an event that a booking or waitlist entry shows."""

    id: UUID
    name: str
    venue: str
    time_zone: str
    starts_at: datetime
    currency: str


@dataclass(frozen=True, slots=True)
class OrganizerAccess:
    """Where the organizer of an event is asked for holds, and with which key.

    `previous_api_key` is tried if the organizer does not know the new key yet.
    """

    slug: str
    base_url: str
    api_key: str | None = field(repr=False)
    previous_api_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SeatInfo:
    """A seat with its price in minor units of the event's currency; in a booking, the price when it was booked."""

    id: UUID
    section: str
    row: str
    number: int
    price: int
