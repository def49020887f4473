"""State machines: a table says which action leads from which state to which; every other step is refused."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

Status = TypeVar("Status", bound=StrEnum)
Action = TypeVar("Action", bound=StrEnum)


class IllegalStepError(Exception):
    """The state has no such way out; only a defect asks for one, so this is no `DomainError`."""


def next_status(table: Mapping[tuple[Status, Action], Status], status: Status, action: Action) -> Status:
    """The state that follows `status` by `action`; IllegalStepError if `table` has none."""
    try:
        return table[status, action]
    except KeyError:
        raise IllegalStepError(f"{action} is not possible from {status}") from None
