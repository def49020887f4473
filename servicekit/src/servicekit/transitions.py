"""State machines: a table lists the status that follows each action in each status; other actions are refused."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

Status = TypeVar("Status", bound=StrEnum)
Action = TypeVar("Action", bound=StrEnum)


class IllegalStepError(Exception):
    """The status does not allow the action. Only a defect can cause this, so it is no `DomainError`."""


def next_status(table: Mapping[tuple[Status, Action], Status], status: Status, action: Action) -> Status:
    """Returns the status after `action` in `status`; raises IllegalStepError if `table` does not list it."""
    try:
        return table[status, action]
    except KeyError:
        raise IllegalStepError(f"{action} is not possible from {status}") from None
