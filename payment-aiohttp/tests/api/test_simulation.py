"""The simulation controls produce both outcomes on demand (contracts, Simulation)."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import sqlalchemy as sa
from payments.db.tables import payment_attempts
from payments.services import Services
from payments.usecases.pay_invoice import pay_invoice
from sqlalchemy.ext.asyncio import AsyncEngine
from support.payment_api import PaymentApi


async def outcomes(engine: AsyncEngine) -> list[str]:
    async with engine.begin() as connection:
        query = sa.select(payment_attempts.c.outcome).order_by(payment_attempts.c.started_at)
        found = list((await connection.execute(query)).scalars())
        await connection.execute(sa.delete(payment_attempts))
    return found


async def pay_some(api: PaymentApi, count: int) -> None:
    for _ in range(count):
        assert await api.pay(await api.create_invoice()) == 202


async def test_the_simulation_is_returned_and_changed_field_by_field(api: PaymentApi) -> None:
    at_first = {"failure_rate": 0.0, "latency_ms": 0, "next_outcomes": [], "seed": None}
    assert await api.call("GET", "/simulation") == (200, at_first)
    assert await api.call("PUT", "/simulation", json={}) == (200, at_first)
    changed = {"failure_rate": 0.5, "latency_ms": 20, "next_outcomes": ["fail"], "seed": 3}
    for name, value in changed.items():
        await api.simulate(**{name: value})
    assert await api.call("GET", "/simulation") == (200, changed)
    _, without_seed = await api.call("PUT", "/simulation", json={"seed": None})
    assert without_seed == {**changed, "seed": None}


async def test_each_attempt_uses_one_of_the_next_outcomes(api: PaymentApi, engine: AsyncEngine) -> None:
    await api.simulate(next_outcomes=["fail", "ok", "fail"])
    await pay_some(api, 5)
    assert await outcomes(engine) == ["fail", "ok", "fail", "ok", "ok"]


async def test_attempts_at_the_same_time_use_one_outcome_each(api: PaymentApi, engine: AsyncEngine) -> None:
    await api.simulate(next_outcomes=["fail"] * 6)
    made = [await api.create_invoice() for _ in range(12)]
    assert await asyncio.gather(*(api.pay(invoice) for invoice in made)) == [202] * 12
    assert sorted(await outcomes(engine)) == ["fail"] * 6 + ["ok"] * 6


async def test_setting_the_seed_again_restarts_the_sequence(api: PaymentApi, engine: AsyncEngine) -> None:
    await api.simulate(failure_rate=0.5, seed=42)
    await pay_some(api, 8)
    first = await outcomes(engine)
    await api.simulate(seed=42)
    await pay_some(api, 8)
    assert await outcomes(engine) == first
    assert set(first) == {"ok", "fail"}


async def test_without_simulation_controls_only_the_environment_counts(
    api: PaymentApi, services: Services, engine: AsyncEngine
) -> None:
    await api.simulate(next_outcomes=["fail"], failure_rate=1, latency_ms=9)
    invoice = await api.create_invoice()
    uncontrolled = services.settings.model_copy(update={"simulation_controls": False})
    plain = replace(services, settings=uncontrolled)
    await pay_invoice(plain, invoice["payment_url"].rpartition("/")[2])
    assert await outcomes(engine) == ["ok"]
