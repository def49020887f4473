"""A hold: an organizer's promise to keep seats for one booking (DESIGN 4, step 3 and Release)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class HoldStatus(StrEnum):
    """HELD keeps its seats; RELEASED is a tombstone, under whose id nothing can ever be held again."""

    HELD = "HELD"
    RELEASED = "RELEASED"


@dataclass(frozen=True, slots=True)
class HoldOrder:
    """What a caller asks for: seats of one event at one organizer, under an id of the caller's choice."""

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

    def answers(self, order: HoldOrder) -> bool:
        """Whether `order` is a repeat of the order that made this hold (the sequence of its seats does not matter)."""
        return self.event_ref == order.event_ref and set(self.seats) == set(order.seats)


@dataclass(frozen=True, slots=True)
class Taken:
    """A granted order. `is_new` is false for a repeat; `answers_late` asks the edge to hold the answer back."""

    hold: Hold
    is_new: bool
    answers_late: bool


class HoldError(Exception):
    """Base of every refusal."""


class HoldNotFound(HoldError):
    """No hold and no tombstone has this id."""


class HoldDeclined(HoldError):
    """The organizer said no, by chance or on demand; no hold exists, and a repeat draws again."""


class HoldReleased(HoldError):
    """This id was released before and stays unusable."""


class HoldIdReused(HoldError):
    """This id already holds something else."""


class OrganizerBroken(HoldError):
    """The organizer's system fails on demand; no hold exists."""


class AlreadyHeld(HoldError):
    """Another hold has at least one of the seats; never raised by chance."""

    def __init__(self, seats: tuple[str, ...], held_by: str) -> None:
        super().__init__(f"{len(seats)} seat(s) are held by {held_by}")
        self.seats = seats
        self.held_by = held_by
