"""How many seats may be held without being paid for: so many by one buyer at one event, so many from one address."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UnpaidSeatLimits:
    """The limits; 0 is none.

    Seats that a queue has offered count, but are never refused: the buyer has waited for them.
    """

    per_buyer: int
    """At one event."""
    per_address: int
    """At all events together."""
