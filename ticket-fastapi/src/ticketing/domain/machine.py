"""What the state machines have in common: the refusal of a step that the table does not have."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

Status = TypeVar("Status", bound=StrEnum)
Action = TypeVar("Action", bound=StrEnum)


class IllegalStepError(Exception):
    """A state has no such way out; asked for only by a defect, so it is no `DomainError`."""


def step(table: Mapping[tuple[Status, Action], Status], status: Status, action: Action) -> Status:
    """The state after `action`; IllegalStepError where `table` has none."""
    try:
        return table[status, action]
    except KeyError:
        raise IllegalStepError(f"{action} is not possible from {status}") from None
