"""Events and the organizers they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from servicekit.errors import DomainError, NotFoundError, WrongFieldError


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


class EventStatus(StrEnum):
    """Where an event's sale is. Follows from the clock and from `cancelled_at`; it is stored nowhere."""

    SCHEDULED = "SCHEDULED"
    ON_SALE = "ON_SALE"
    SALES_CLOSED = "SALES_CLOSED"
    CANCELLED = "CANCELLED"


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


def event_status(event: Event, now: datetime) -> EventStatus:
    """The state of the sale at `now`: it is open from `sales_open_at` up to, but not including, `sales_close_at`."""
    if event.cancelled_at is not None:
        return EventStatus.CANCELLED
    if now < event.sales_open_at:
        return EventStatus.SCHEDULED
    if now < event.sales_close_at:
        return EventStatus.ON_SALE
    return EventStatus.SALES_CLOSED


def check_sale_times(sales_open_at: datetime, sales_close_at: datetime) -> None:
    """WrongFieldError unless the sale opens before it closes."""
    if sales_open_at >= sales_close_at:
        raise WrongFieldError("sales_close_at", "sale_closes_too_early", "The sale must close after it opens.")
