"""The hosted payment page and the payment attempt that its button begins."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest
import sqlalchemy as sa
from payments.db import attempts
from payments.db.tables import invoices, payment_attempts
from payments.services import Services
from payments.usecases.settle_payment import settle_payment
from servicekit.times import format_moment, require_instant
from sqlalchemy.ext.asyncio import AsyncEngine
from support.payment_api import PaymentApi, page_path
from yarl import URL

BROWSER = {"accept": "text/html,application/xhtml+xml"}


async def expire(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        past = sa.text("now() - interval '1 second'")
        await connection.execute(sa.update(invoices).values(expires_at=past))


async def count(engine: AsyncEngine, table: str) -> int:
    async with engine.connect() as connection:
        return int((await connection.exec_driver_sql(f"SELECT count(*) FROM {table}")).scalar_one())


async def test_the_page_shows_the_invoice_and_changes_nothing(api: PaymentApi, client: aiohttp.ClientSession) -> None:
    invoice = await api.create_invoice(description="Balkon <b>A12</b>")
    for _ in range(3):
        async with client.get(page_path(invoice), headers=BROWSER) as answer:
            page = await answer.text()
            assert answer.status == 200
            policy = answer.headers["Content-Security-Policy"]
    assert "Rp750.000" in page
    assert "Balkon &lt;b&gt;A12&lt;/b&gt;" in page
    assert 'method="post"' in page
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert (await api.read_invoice(invoice))["version"] == 1


@pytest.mark.parametrize(("zone", "name"), [("Asia/Makassar", "WITA"), ("UTC", "UTC"), (None, "UTC")])
async def test_without_scripts_the_page_shows_the_deadline_in_the_zone_of_the_invoice(
    api: PaymentApi, client: aiohttp.ClientSession, zone: str | None, name: str
) -> None:
    invoice = await api.create_invoice(time_zone=zone)
    async with client.get(page_path(invoice), headers=BROWSER) as answer:
        page = await answer.text()
    deadline = format_moment(require_instant(invoice["expires_at"]), ZoneInfo(zone or "UTC"))
    assert deadline.endswith(f" {name}")
    assert f">{deadline}</time>" in page


async def test_style_and_script_are_served_locally_and_can_be_cached(client: aiohttp.ClientSession) -> None:
    for name in ("pay.css", "pay.js", "docs.css"):
        async with client.get(f"/static/payments/{name}") as answer:
            assert answer.status == 200
            assert answer.headers["Cache-Control"] == "public, max-age=3600"
    async with client.get(URL("/static/payments/%2e%2e/pages.py", encoded=True)) as answer:
        assert answer.status == 404


async def test_pressing_the_button_twice_starts_one_attempt(api: PaymentApi, engine: AsyncEngine) -> None:
    invoice = await api.create_invoice()
    statuses = await asyncio.gather(*(api.pay(invoice) for _ in range(8)))
    assert sorted(statuses) == [202] + [409] * 7
    assert await count(engine, "payment_attempts") == 1
    _, problem = await api.call("POST", page_path(invoice))
    assert (problem["type"], problem["invoice_status"]) == ("payment-already-decided", "PROCESSING")


async def test_of_a_void_and_a_payment_at_the_same_time_one_wins(api: PaymentApi, engine: AsyncEngine) -> None:
    for _ in range(12):
        invoice = await api.create_invoice()
        paid, (voided, _) = await asyncio.gather(api.pay(invoice), api.void(invoice["reference"]))
        status = (await api.read_invoice(invoice))["status"]
        assert (paid, voided, status) in {(202, 409, "PROCESSING"), (409, 200, "VOID")}


async def test_no_attempt_begins_after_the_deadline(api: PaymentApi, engine: AsyncEngine) -> None:
    invoice = await api.create_invoice()
    await expire(engine)
    status, problem = await api.call("POST", page_path(invoice))
    assert (status, problem["type"], problem["invoice_status"]) == (409, "invoice-expired", "PENDING")
    assert await api.call("GET", f"{page_path(invoice)}/status") == (
        200,
        {"status": "PENDING", "failure_reason": None, "expired": True},
    )
    async with api.client.get(page_path(invoice), headers=BROWSER) as answer:
        assert "Time has run out" in await answer.text()
    assert await count(engine, "payment_attempts") == 0


async def test_an_attempt_that_began_in_time_is_settled_even_after_the_deadline(
    api: PaymentApi, engine: AsyncEngine, services: Services
) -> None:
    invoice = await api.create_invoice()
    await api.pay(invoice)
    await expire(engine)
    await settle_payment(services, invoice["number"])
    assert (await api.read_invoice(invoice))["status"] == "PAID"


async def test_a_browsers_form_is_always_redirected_to_the_page(api: PaymentApi, client: aiohttp.ClientSession) -> None:
    invoice = await api.create_invoice()
    for _ in range(2):
        async with client.post(page_path(invoice), data={}, headers=BROWSER, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, page_path(invoice))
    async with client.get(page_path(invoice), headers=BROWSER) as answer:
        page = await answer.text()
    assert "Payment in process" in page
    assert '<meta http-equiv="refresh"' in page
    assert 'method="post"' not in page


async def test_an_unknown_token_is_answered_with_404(api: PaymentApi, client: aiohttp.ClientSession) -> None:
    for method, path in (("GET", "/pay/no-such-token"), ("POST", "/pay/no-such-token"), ("GET", "/pay/%00/status")):
        status, problem = await api.call(method, path)
        assert (status, problem["type"]) == (404, "not-found")
    async with client.get("/pay/no-such-token", headers=BROWSER) as answer:
        assert (answer.status, answer.content_type) == (404, "text/html")


async def test_the_outcome_is_drawn_once_however_often_the_payment_is_settled(
    api: PaymentApi, engine: AsyncEngine, services: Services
) -> None:
    await api.simulate(next_outcomes=["fail", "ok"])
    invoice = await api.create_invoice()
    await api.pay(invoice)
    await asyncio.gather(*(settle_payment(services, invoice["number"]) for _ in range(4)))
    failed = await api.read_invoice(invoice)
    assert (failed["status"], failed["failure_reason"]) == ("FAILED", "PAYMENT_DECLINED")
    await settle_payment(services, invoice["number"])
    assert await api.read_invoice(invoice) == failed
    assert await count(engine, "webhook_deliveries") == 1
    _, simulation = await api.call("GET", "/simulation")
    assert simulation["next_outcomes"] == ["ok"]


async def test_a_failure_after_the_attempt_was_stored_rolls_it_back(
    api: PaymentApi, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # With a seed, paying goes step by step.
    await api.simulate(seed=1)
    invoice = await api.create_invoice()
    start, stored = attempts.start, []

    async def start_and_fail(*arguments: Any) -> None:
        await start(*arguments)
        stored.append(True)
        raise RuntimeError("the transaction fails after the attempt was stored")

    monkeypatch.setattr(attempts, "start", start_and_fail)
    status, problem = await api.call("POST", page_path(invoice))
    assert (status, problem["type"]) == (500, "internal-error")
    assert "RuntimeError" not in str(problem)
    assert stored
    assert await count(engine, "payment_attempts") == 0
    assert (await api.read_invoice(invoice))["status"] == "PENDING"


async def test_latency_of_the_simulation_delays_the_outcome(api: PaymentApi, engine: AsyncEngine) -> None:
    await api.simulate(latency_ms=60_000)
    await api.pay(await api.create_invoice())
    async with engine.connect() as connection:
        pause = sa.select(payment_attempts.c.due_at - payment_attempts.c.started_at)
        duration = (await connection.execute(pause)).scalar_one()
    # `started_at` is the time of the statement, shortly after the time of the transaction, which `due_at` counts from.
    assert timedelta(seconds=58) < duration <= timedelta(minutes=1)
