"""Both outcomes on demand (contracts, Simulation)."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import sqlalchemy as sa
from payments.db.tables import payment_attempts
from payments.services import Services
from payments.usecases.pay_invoice import pay_invoice
from sqlalchemy.ext.asyncio import AsyncEngine
from support.invoices import Till


async def outcomes(engine: AsyncEngine) -> list[str]:
    async with engine.begin() as connection:
        query = sa.select(payment_attempts.c.outcome).order_by(payment_attempts.c.started_at)
        found = list((await connection.execute(query)).scalars())
        await connection.execute(sa.delete(payment_attempts))
    return found


async def pay_some(till: Till, count: int) -> None:
    for _ in range(count):
        assert await till.pay(await till.make()) == 202


async def test_it_is_shown_and_changed_field_by_field(till: Till) -> None:
    at_first = {"failure_rate": 0.0, "latency_ms": 0, "next_outcomes": [], "seed": None}
    assert await till.call("GET", "/simulation") == (200, at_first)
    assert await till.call("PUT", "/simulation", json={}) == (200, at_first)
    changed = {"failure_rate": 0.5, "latency_ms": 20, "next_outcomes": ["fail"], "seed": 3}
    for name, value in changed.items():
        await till.simulate(**{name: value})
    assert await till.call("GET", "/simulation") == (200, changed)
    _, without_seed = await till.call("PUT", "/simulation", json={"seed": None})
    assert without_seed == {**changed, "seed": None}


async def test_what_is_to_come_next_is_used_up_one_per_attempt(till: Till, engine: AsyncEngine) -> None:
    await till.simulate(next_outcomes=["fail", "ok", "fail"])
    await pay_some(till, 5)
    assert await outcomes(engine) == ["fail", "ok", "fail", "ok", "ok"]


async def test_attempts_at_once_use_up_one_each(till: Till, engine: AsyncEngine) -> None:
    await till.simulate(next_outcomes=["fail"] * 6)
    made = [await till.make() for _ in range(12)]
    assert await asyncio.gather(*(till.pay(invoice) for invoice in made)) == [202] * 12
    assert sorted(await outcomes(engine)) == ["fail"] * 6 + ["ok"] * 6


async def test_a_seed_given_anew_starts_the_sequence_again(till: Till, engine: AsyncEngine) -> None:
    await till.simulate(failure_rate=0.5, seed=42)
    await pay_some(till, 8)
    first = await outcomes(engine)
    await till.simulate(seed=42)
    await pay_some(till, 8)
    assert await outcomes(engine) == first
    assert set(first) == {"ok", "fail"}


async def test_without_controls_only_the_environment_counts(
    till: Till, services: Services, engine: AsyncEngine
) -> None:
    await till.simulate(next_outcomes=["fail"], failure_rate=1, latency_ms=9)
    invoice = await till.make()
    uncontrolled = services.settings.model_copy(update={"simulation_controls": False})
    plain = replace(services, settings=uncontrolled)
    await pay_invoice(plain, invoice["payment_url"].rpartition("/")[2])
    assert await outcomes(engine) == ["ok"]
