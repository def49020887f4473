"""The single row of the simulation, which all processes share; the first migration inserts it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from payments.db.tables import simulation as rows
from payments.domain.chance import Outcome, Simulation
from payments.settings import Settings


async def read(connection: AsyncConnection, settings: Settings, *, lock: bool = False) -> Simulation:
    """Returns the simulation as it was set; fields that were not set come from the environment.

    With `lock`, other transactions that lock it wait until this one ends.
    """
    query = sa.select(rows)
    row = (await connection.execute(query.with_for_update() if lock else query)).one()
    of_environment = Simulation(settings.payment_failure_rate, seed=settings.payment_seed, draws=row.draws)
    if not settings.simulation_controls:
        return of_environment
    return Simulation(
        failure_rate=settings.payment_failure_rate if row.failure_rate is None else row.failure_rate,
        latency_ms=row.latency_ms,
        next_outcomes=tuple(Outcome(text) for text in row.next_outcomes),
        seed=row.seed if row.seed_is_set else settings.payment_seed,
        draws=row.draws,
    )


async def change(connection: AsyncConnection, changes: dict[str, Any]) -> None:
    """Changes the given fields. Setting a seed, even the same one again, restarts its sequence."""
    more = {"seed_is_set": True, "draws": 0} if "seed" in changes else {}
    await connection.execute(sa.update(rows).values(**changes, **more))


async def store_draw(connection: AsyncConnection, remaining: Simulation) -> None:
    """Stores the state of the simulation after a draw."""
    await connection.execute(sa.update(rows).values(next_outcomes=list(remaining.next_outcomes), draws=remaining.draws))
