"""What must be there."""

from __future__ import annotations

from typing import TypeVar

Thing = TypeVar("Thing")


def known(thing: Thing | None) -> Thing:
    """`thing`, which a rule says is there; LookupError, a defect, when it is not."""
    if thing is None:
        raise LookupError("what must be there is not")
    return thing
