"""Records the attempts of several deliveries together, and one by one if that fails."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from servicekit.db.availability import is_unavailable
from servicekit.db.outbox import Attempted, ClaimedDelivery
from servicekit.delivery import AttemptOutcome
from servicekit.lane import Left

Message = TypeVar("Message")
Record = Callable[[AsyncConnection, Sequence[Attempted[Message]]], Awaitable[None]]

log = structlog.get_logger()


async def record_attempt(
    engine: AsyncEngine, claimed: ClaimedDelivery[Message], outcome: AttemptOutcome, record: Record[Message]
) -> None:
    """Records the outcome of one attempt, by `record`, in a transaction of its own."""
    await _record(engine, [_attempted(claimed, outcome)], record)


async def record_attempts(
    engine: AsyncEngine,
    claimed: Sequence[ClaimedDelivery[Message]],
    outcomes: Mapping[UUID, AttemptOutcome],
    record: Record[Message],
) -> list[Left | Exception]:
    """Records the outcomes that there are, and returns for each delivery in order what is left to do with it.

    A delivery without an outcome has to be sent alone. One whose outcome cannot be recorded has failed; the outcomes
    of the others are recorded all the same.
    """
    made = [_attempted(each, outcomes[each.id]) for each in claimed if each.id in outcomes]
    failures = await _record_each(engine, made, record)
    return [failures.get(each.id, Left.NOTHING if each.id in outcomes else Left.ALONE) for each in claimed]


def _attempted(claimed: ClaimedDelivery[Message], outcome: AttemptOutcome) -> Attempted[Message]:
    return Attempted(claimed, outcome, claimed.judge(outcome))


async def _record_each(
    engine: AsyncEngine, made: Sequence[Attempted[Message]], record: Record[Message]
) -> dict[UUID, Exception]:
    """Records the attempts together, or else one by one; returns the errors of those that cannot be recorded."""
    try:
        await _record(engine, made, record)
    except Exception as error:
        log.warning("deliveries.not_recorded_together", deliveries=len(made), exc_info=True)
        if is_unavailable(error):
            # It would fail again for each of them, perhaps after a long wait.
            return {attempt.claimed.id: error for attempt in made}
        return await _record_one_by_one(engine, made, record)
    return {}


async def _record_one_by_one(
    engine: AsyncEngine, made: Sequence[Attempted[Message]], record: Record[Message]
) -> dict[UUID, Exception]:
    failures: dict[UUID, Exception] = {}
    for attempt in made:
        try:
            await _record(engine, [attempt], record)
        except Exception as error:
            log.warning("delivery.not_recorded", delivery_id=str(attempt.claimed.id), exc_info=True)
            failures[attempt.claimed.id] = error
    return failures


async def _record(engine: AsyncEngine, made: Sequence[Attempted[Message]], record: Record[Message]) -> None:
    if made:
        async with engine.begin() as connection:
            await record(connection, made)
    for attempt in made:
        attempt.log()
