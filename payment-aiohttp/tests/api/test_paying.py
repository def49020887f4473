"""The hosted page and what its button starts."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from zoneinfo import ZoneInfo

import aiohttp
import pytest
import sqlalchemy as sa
from payments.db.tables import invoices, payment_attempts
from payments.services import Services
from payments.usecases import pay_invoice as paying
from payments.usecases.settle_payment import settle_payment
from servicekit.times import format_moment, require_instant
from sqlalchemy.ext.asyncio import AsyncEngine
from support.invoices import Till, page_of
from yarl import URL

BROWSER = {"accept": "text/html,application/xhtml+xml"}


async def expire(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        past = sa.text("now() - interval '1 second'")
        await connection.execute(sa.update(invoices).values(expires_at=past))


async def count(engine: AsyncEngine, table: str) -> int:
    async with engine.connect() as connection:
        return int((await connection.exec_driver_sql(f"SELECT count(*) FROM {table}")).scalar_one())


async def test_the_page_shows_the_invoice_and_changes_nothing(till: Till, client: aiohttp.ClientSession) -> None:
    invoice = await till.make(description="Balkon <b>A12</b>")
    for _ in range(3):
        async with client.get(page_of(invoice), headers=BROWSER) as answer:
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
    assert (await till.read(invoice))["version"] == 1


@pytest.mark.parametrize(("zone", "name"), [("Asia/Makassar", "WITA"), ("UTC", "UTC"), (None, "UTC")])
async def test_without_scripts_the_page_shows_the_deadline_in_the_zone_of_the_invoice(
    till: Till, client: aiohttp.ClientSession, zone: str | None, name: str
) -> None:
    invoice = await till.make(time_zone=zone)
    async with client.get(page_of(invoice), headers=BROWSER) as answer:
        page = await answer.text()
    deadline = format_moment(require_instant(invoice["expires_at"]), ZoneInfo(zone or "UTC"))
    assert deadline.endswith(f" {name}")
    assert f">{deadline}</time>" in page


async def test_style_and_script_come_from_here_and_may_be_kept(client: aiohttp.ClientSession) -> None:
    for name in ("pay.css", "pay.js", "docs.css"):
        async with client.get(f"/static/payments/{name}") as answer:
            assert answer.status == 200
            assert answer.headers["Cache-Control"] == "public, max-age=3600"
    async with client.get(URL("/static/payments/%2e%2e/pages.py", encoded=True)) as answer:
        assert answer.status == 404


async def test_pressing_the_button_twice_starts_one_attempt(till: Till, engine: AsyncEngine) -> None:
    invoice = await till.make()
    statuses = await asyncio.gather(*(till.pay(invoice) for _ in range(8)))
    assert sorted(statuses) == [202] + [409] * 7
    assert await count(engine, "payment_attempts") == 1
    _, problem = await till.call("POST", page_of(invoice))
    assert (problem["type"], problem["invoice_status"]) == ("payment-already-decided", "PROCESSING")


async def test_of_a_void_and_a_payment_at_once_one_wins(till: Till, engine: AsyncEngine) -> None:
    outcomes = set()
    for _ in range(12):
        invoice = await till.make()
        paid, (voided, _) = await asyncio.gather(till.pay(invoice), till.void(invoice["reference"]))
        assert (paid, voided) in {(202, 409), (409, 200)}
        outcomes.add((await till.read(invoice))["status"])
    assert outcomes <= {"PROCESSING", "VOID"}


async def test_nothing_begins_after_the_deadline(till: Till, engine: AsyncEngine) -> None:
    invoice = await till.make()
    await expire(engine)
    status, problem = await till.call("POST", page_of(invoice))
    assert (status, problem["type"], problem["invoice_status"]) == (409, "invoice-expired", "PENDING")
    assert await till.call("GET", f"{page_of(invoice)}/status") == (
        200,
        {"status": "PENDING", "failure_reason": None, "expired": True},
    )
    async with till.client.get(page_of(invoice), headers=BROWSER) as answer:
        assert "Time has run out" in await answer.text()
    assert await count(engine, "payment_attempts") == 0


async def test_an_attempt_that_began_in_time_ends_also_after_the_deadline(
    till: Till, engine: AsyncEngine, services: Services
) -> None:
    invoice = await till.make()
    await till.pay(invoice)
    await expire(engine)
    await settle_payment(services, invoice["number"])
    assert (await till.read(invoice))["status"] == "PAID"


async def test_a_browsers_form_comes_back_to_the_page_whatever_happened(
    till: Till, client: aiohttp.ClientSession
) -> None:
    invoice = await till.make()
    for _ in range(2):
        async with client.post(page_of(invoice), data={}, headers=BROWSER, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, page_of(invoice))
    async with client.get(page_of(invoice), headers=BROWSER) as answer:
        page = await answer.text()
    assert "Payment in process" in page
    assert '<meta http-equiv="refresh"' in page
    assert 'method="post"' not in page


async def test_an_unknown_token_is_unknown(till: Till, client: aiohttp.ClientSession) -> None:
    for method, path in (("GET", "/pay/no-such-token"), ("POST", "/pay/no-such-token"), ("GET", "/pay/%00/status")):
        status, problem = await till.call(method, path)
        assert (status, problem["type"]) == (404, "not-found")
    async with client.get("/pay/no-such-token", headers=BROWSER) as answer:
        assert (answer.status, answer.content_type) == (404, "text/html")


async def test_the_outcome_is_drawn_once_however_often_the_job_runs(
    till: Till, engine: AsyncEngine, services: Services
) -> None:
    await till.simulate(next_outcomes=["fail", "ok"])
    invoice = await till.make()
    await till.pay(invoice)
    await asyncio.gather(*(settle_payment(services, invoice["number"]) for _ in range(4)))
    failed = await till.read(invoice)
    assert (failed["status"], failed["failure_reason"]) == ("FAILED", "PAYMENT_DECLINED")
    await settle_payment(services, invoice["number"])
    assert await till.read(invoice) == failed
    assert await count(engine, "webhook_deliveries") == 1
    _, simulation = await till.call("GET", "/simulation")
    assert simulation["next_outcomes"] == ["ok"]


async def test_a_failure_after_the_attempt_was_stored_leaves_nothing_of_it(
    till: Till, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoice = await till.make()
    start, stored = paying.attempts.start, []

    async def start_and_fail(*arguments: object) -> None:
        await start(*arguments)  # type: ignore[arg-type]
        stored.append(True)
        raise RuntimeError("the transaction fails after the attempt was stored")

    monkeypatch.setattr(paying.attempts, "start", start_and_fail)
    status, problem = await till.call("POST", page_of(invoice))
    assert (status, problem["type"]) == (500, "internal-error")
    assert "RuntimeError" not in str(problem)
    assert stored
    assert await count(engine, "payment_attempts") == 0
    assert (await till.read(invoice))["status"] == "PENDING"


async def test_latency_of_the_simulation_delays_the_outcome(till: Till, engine: AsyncEngine) -> None:
    await till.simulate(latency_ms=60_000)
    await till.pay(await till.make())
    async with engine.connect() as connection:
        pause = sa.select(payment_attempts.c.due_at - payment_attempts.c.started_at)
        duration = (await connection.execute(pause)).scalar_one()
    # The beginning is the moment of the row, shortly after that of the transaction.
    assert timedelta(seconds=58) < duration <= timedelta(minutes=1)
