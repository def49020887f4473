"""Events and the organizers they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from servicekit.errors import DomainError, NotFoundError

from ticketing.domain.sale import Sale, SaleTimes


class EventNotFoundError(NotFoundError):
    """No event has this id."""


class EventHasLiveBookingsError(DomainError):
    """Bookings that are not over yet need the event as it is."""


class EventHasBookingsError(DomainError):
    """The event's bookings are history, which stays."""


class OrganizerExistsError(DomainError):
    """Another organizer has this slug."""


class OrganizerInUseError(DomainError):
    """At least one event belongs to this organizer."""


@dataclass(frozen=True, slots=True)
class Organizer:
    """Whose seats are sold; `base_url` is their own system, asked for holds at `{base_url}/holds`."""

    id: UUID
    slug: str
    name: str
    base_url: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """An event as it is stored, with the organizer's names. Prices of its seats are in `currency` (ISO 4217).

    `time_zone` is the venue's (IANA): people read every time of the event in it.
    """

    id: UUID
    name: str
    description: str
    venue: str
    time_zone: str
    starts_at: datetime
    sales_open_at: datetime
    sales_close_at: datetime
    currency: str
    cancelled_at: datetime | None
    organizer_slug: str
    organizer_name: str
    created_at: datetime
    updated_at: datetime

    def sale_at(self, now: datetime) -> Sale:
        """Where the sale of the event is at `now`."""
        return SaleTimes(self.sales_open_at, self.sales_close_at, self.starts_at, self.cancelled_at).sale_at(now)


@dataclass(frozen=True, slots=True)
class SeatCounts:
    """How many seats of an event are in which state, and the cheapest and dearest price (minor units, None without
    seats).
    """

    total: int = 0
    open: int = 0
    on_going: int = 0
    booked: int = 0
    price_from: int | None = None
    price_to: int | None = None
