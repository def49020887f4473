"""A lane of a worker: one kind of work, how its due rows are claimed, and how an item is done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Generic, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from servicekit.db.due_rows import Places
from servicekit.rounds import Parts as WorkerParts
from servicekit.tracing import Trace


class Parts(WorkerParts, Protocol):
    """The shared objects of a service that lanes need: settings and engine."""

    @property
    def engine(self) -> AsyncEngine:
        """The database engine of the process."""
        ...


Services = TypeVar("Services", bound=Parts)
Item = TypeVar("Item")


class Left(Enum):
    """What is left to do with an item that others were done together with."""

    NOTHING = auto()
    ALONE = auto()
    """It has to be done alone, at once."""


@dataclass(frozen=True)
class Work(Generic[Item]):
    """A claimed item, its `name` for logs, the `trace` of its request, and whether it has failed before.

    In a lane whose places are shared, its `owner`. An item that is `alone`, or has failed, is never done together with
    others.
    """

    item: Item
    name: str
    trace: Trace
    has_failed: bool = False
    owner: str = ""
    alone: bool = False


async def nothing_to_undo(_services: Parts, _name: str) -> None:
    """For work of which no failure is remembered."""


@dataclass(frozen=True, eq=False)
class Lane(Generic[Services, Item]):
    """One kind of work; the lane works on at most `at_once` items at a time, and on `of_one_owner` of one owner.

    So an owner whose items take long leaves places for the others. `seconds_to_next` says when the next item is due,
    NULL if there is none; `claim` takes as many that are due as the places allow.
    `do` opens its own transactions. `failed` puts off an item that has failed, or counts it if it is put off already;
    `recovered` is told of one that has failed before and was done now.
    `together`, if given, does what was claimed together, and says of each item in order what is left, or its failure;
    if it raises, all of them are done alone.
    """

    name: str
    at_once: int
    seconds_to_next: sa.ScalarSelect[float]
    claim: Callable[[Services, AsyncConnection, Places], Awaitable[Sequence[Work[Item]]]]
    do: Callable[[Services, Item], Awaitable[None]]
    failed: Callable[[Services, str, BaseException], Awaitable[None]]
    recovered: Callable[[Services, str], Awaitable[None]] = nothing_to_undo
    of_one_owner: int | None = None
    together: Callable[[Services, Sequence[Item]], Awaitable[Sequence[Left | Exception]]] | None = None


AnyLane = Lane[Services, Any]
