"""A broken promise, named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """`rule` is its number in docs/booking.md, `name` what is wrong, `subject` the id of what it is about."""

    rule: int
    name: str
    subject: str
    detail: str
    always: bool = False
    """True: wrong at every moment. False: wrong only once nothing is under way any more."""

    def __str__(self) -> str:
        return f"[{self.rule}] {self.name}: {self.subject}: {self.detail}"


Violations = Iterator[Violation]
