"""A hold: an organizer's promise to keep seats for one booking (docs/booking.md, step 3 and Release)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class HoldStatus(StrEnum):
    """HELD: the hold keeps its seats. RELEASED: a tombstone, whose id can never be held again."""

    HELD = "HELD"
    RELEASED = "RELEASED"


@dataclass(frozen=True, slots=True)
class RequestedHold:
    """A request to hold seats of one event at one organizer, with an id that the caller has chosen."""

    organizer: str
    hold_id: str
    event_ref: str
    seats: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold as stored. A tombstone of an id that was never held has no event, no seats and no `held_at`."""

    organizer: str
    hold_id: str
    event_ref: str | None
    seats: tuple[str, ...]
    status: HoldStatus
    held_at: datetime | None
    released_at: datetime | None

    def answers(self, request: RequestedHold) -> bool:
        """Returns whether `request` repeats the one that made this hold; the order of the seats does not matter."""
        return self.event_ref == request.event_ref and set(self.seats) == set(request.seats)


@dataclass(frozen=True, slots=True)
class GrantedHold:
    """A granted request. `is_new` is false for a repeat; with `answers_late` the HTTP answer is delayed."""

    hold: Hold
    is_new: bool
    answers_late: bool


class HoldError(Exception):
    """The base class of all refusals."""


class HoldNotFound(HoldError):
    """No hold and no tombstone has this id."""


class HoldDeclined(HoldError):
    """The organizer declines, by chance or on demand; no hold exists, and a repeat is drawn again."""


class HoldReleased(HoldError):
    """The hold with this id was released; the id cannot be used again."""


class HoldIdReused(HoldError):
    """The hold with this id has another event or other seats."""


class OrganizerBroken(HoldError):
    """The organizer's system fails on demand; no hold exists."""


class AlreadyHeld(HoldError):
    """Another hold has at least one of the seats; never raised by chance."""

    def __init__(self, seats: tuple[str, ...], held_by: str) -> None:
        super().__init__(f"{len(seats)} seat(s) are held by {held_by}")
        self.seats = seats
        self.held_by = held_by
