"""Events and their organizers."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from uuid import UUID

from servicekit.errors import DomainError, NotFoundError

from ticketing.domain.sale import Sale, SaleTimes


class EventNotFoundError(NotFoundError):
    """No event has this id."""


class EventHasLiveBookingsError(DomainError):
    """The event has bookings that are live or not fully released."""


class EventHasBookingsError(DomainError):
    """The event has, or had, bookings, whose record must stay."""


class OrganizerExistsError(DomainError):
    """Another organizer has this slug."""


class OrganizerHasLiveHoldsError(DomainError):
    """The organizer's system holds seats for bookings that it could not be asked to release at another address."""


class OrganizerInUseError(DomainError):
    """At least one event belongs to this organizer."""


@dataclass(frozen=True, slots=True)
class Organizer:
    """The owner of an event's seats. Holds are requested from its own system at `{base_url}/holds`.

    The key for these requests is never part of it, only when it was set. `version` grows with every change by staff.
    """

    id: UUID
    slug: str
    name: str
    base_url: str
    api_key_set_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """An event as stored, with the slug and name of its organizer. Prices are in `currency` (ISO 4217).

    People read all times of the event in `time_zone`, the venue's (IANA). `version` grows with every change by staff.
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
    version: int
    organizer_slug: str
    organizer_name: str
    created_at: datetime
    updated_at: datetime

    def sale_at(self, now: datetime) -> Sale:
        """Returns the state of the event's sale at `now`."""
        return SaleTimes(self.sales_open_at, self.sales_close_at, self.starts_at, self.cancelled_at).sale_at(now)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """An event to create; `organizer` is the slug of its organizer."""

    name: str
    description: str
    venue: str
    time_zone: str
    starts_at: datetime
    sales_open_at: datetime
    sales_close_at: datetime
    organizer: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventChange:
    """The new values of an event; None leaves a field as it is."""

    name: str | None = None
    description: str | None = None
    venue: str | None = None
    time_zone: str | None = None
    starts_at: datetime | None = None
    sales_open_at: datetime | None = None
    sales_close_at: datetime | None = None
    organizer: str | None = None
    currency: str | None = None

    def differences(self, event: Event) -> dict[str, tuple[object, object]]:
        """Returns the old and the new value of each field that this changes."""
        old = {**asdict(event), "organizer": event.organizer_slug}
        return {name: (old[name], new) for name, new in asdict(self).items() if new not in (None, old[name])}


PUBLISHED_WITH_BOOKINGS = frozenset({"name", "venue", "time_zone", "starts_at"})
"""The fields of an event that are published with its bookings and waitlist entries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizerChange:
    """The new values of an organizer; None leaves a field as it is."""

    name: str | None = None
    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SeatCounts:
    """The numbers of an event's seats by status, and their lowest and highest price in minor units.

    The prices are None if there are no seats.
    """

    total: int = 0
    open: int = 0
    on_going: int = 0
    booked: int = 0
    price_from: int | None = None
    price_to: int | None = None
