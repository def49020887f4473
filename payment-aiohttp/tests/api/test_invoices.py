"""Making, finding and voiding invoices (contracts/README.md, Invoice)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import aiohttp
import pytest
import sqlalchemy as sa
from payments.db.tables import invoices
from sqlalchemy.ext.asyncio import AsyncEngine
from support.invoices import INVOICES, Till, order

FIELDS = (
    "number reference version status amount currency description customer payment_url return_url expires_at "
    "failure_reason refund_requested_at paid_at failed_at voided_at refunded_at created_at updated_at"
)


async def count_invoices(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return int((await connection.execute(sa.select(sa.func.count()).select_from(invoices))).scalar_one())


async def test_a_new_invoice_has_every_field_of_the_contract(till: Till) -> None:
    wanted = order()
    status, invoice = await till.call("POST", INVOICES, json=wanted)
    assert status == 201
    assert set(invoice) == set(FIELDS.split())
    assert (invoice["status"], invoice["version"]) == ("PENDING", 1)
    kept = ("reference", "amount", "currency", "description", "customer", "return_url")
    assert {name: invoice[name] for name in kept} == {name: wanted[name] for name in kept}
    assert invoice["payment_url"].startswith("http://pay.test/pay/")
    assert invoice["expires_at"].endswith("Z")
    assert await till.read(invoice) == invoice


async def test_a_repeat_for_a_reference_is_answered_with_the_invoice_that_exists(till: Till) -> None:
    wanted = order()
    _, first = await till.call("POST", INVOICES, json=wanted)
    status, second = await till.call("POST", INVOICES, json={**wanted, "description": "told differently"})
    assert (status, second) == (200, first)


async def test_a_repeat_gives_the_buyer_of_a_pending_invoice_the_later_of_both_deadlines(till: Till) -> None:
    passed, later, earlier = ((datetime.now(UTC) + timedelta(minutes=minutes)).isoformat() for minutes in (-60, 30, 20))
    wanted = order(expires_at=passed)
    _, first = await till.call("POST", INVOICES, json=wanted)
    assert await till.pay(first) == 409
    status, extended = await till.call("POST", INVOICES, json={**wanted, "expires_at": later})
    assert (status, extended["version"]) == (200, 2)
    assert datetime.fromisoformat(extended["expires_at"]) == datetime.fromisoformat(later)
    assert await till.actions(first) == ["CREATE", "EXTEND"]
    assert await till.call("POST", INVOICES, json={**wanted, "expires_at": earlier}) == (200, extended)
    assert await till.pay(first) == 202
    status, processing = await till.call("POST", INVOICES, json={**wanted, "expires_at": "2090-01-01T00:00:00Z"})
    assert (status, processing["status"], processing["expires_at"]) == (200, "PROCESSING", extended["expires_at"])


@pytest.mark.parametrize("change", [{"amount": 1}, {"currency": "USD"}])
async def test_a_repeat_with_another_amount_is_refused(till: Till, change: dict[str, object]) -> None:
    wanted = order()
    await till.call("POST", INVOICES, json=wanted)
    status, problem = await till.call("POST", INVOICES, json={**wanted, **change})
    assert (status, problem["type"]) == (422, "idempotency-key-reused")


async def test_twenty_creations_at_once_make_one_invoice(till: Till, engine: AsyncEngine) -> None:
    wanted = order()
    answers = await asyncio.gather(*(till.call("POST", INVOICES, json=wanted) for _ in range(20)))
    assert sorted(status for status, _ in answers) == [200] * 19 + [201]
    assert len({invoice["number"] for _, invoice in answers}) == 1
    assert await count_invoices(engine) == 1


async def test_the_same_key_and_body_get_the_first_answer_again(
    till: Till, client: aiohttp.ClientSession, engine: AsyncEngine
) -> None:
    wanted, headers = order(), {"Idempotency-Key": "key-1"}
    _, first = await till.call("POST", INVOICES, json=wanted, headers=headers)
    await till.void(wanted["reference"])
    async with client.post(INVOICES, json=wanted, headers=headers) as again:
        assert (again.status, again.headers["Idempotent-Replay"]) == (201, "true")
        assert await again.json() == first
    status, problem = await till.call("POST", INVOICES, json=order(), headers=headers)
    assert (status, problem["type"]) == (422, "idempotency-key-reused")
    assert await count_invoices(engine) == 1


async def test_a_key_whose_first_request_runs_is_refused(till: Till, engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        lock = sa.func.pg_advisory_xact_lock(sa.func.hashtextextended("ticket\nkey-2", 0))
        await connection.execute(sa.select(lock))
        status, problem = await till.call("POST", INVOICES, json=order(), headers={"Idempotency-Key": "key-2"})
    assert (status, problem["type"]) == (409, "request-in-progress")


async def test_voiding_is_final_and_may_be_repeated(till: Till) -> None:
    invoice = await till.make()
    status, void = await till.void(invoice["reference"])
    assert (status, void["status"], void["version"]) == (200, "VOID", 2)
    assert void["voided_at"]
    assert await till.void(invoice["reference"]) == (200, void)
    status, problem = await till.call("POST", INVOICES, json=order(reference=invoice["reference"]))
    assert (status, problem["type"], problem["invoice_status"]) == (409, "invoice-void", "VOID")
    status, problem = await till.refund(invoice)
    assert (status, problem["type"], problem["invoice_status"]) == (409, "invoice-not-refundable", "VOID")
    assert await till.pay(invoice) == 409
    assert await till.actions(invoice) == ["CREATE", "VOID"]


async def test_voiding_an_unknown_reference_leaves_a_tombstone(till: Till, engine: AsyncEngine) -> None:
    reference = str(uuid4())
    answers = await asyncio.gather(*(till.void(reference) for _ in range(8)))
    assert {status for status, _ in answers} == {200}
    tombstone = answers[0][1]
    assert all(answer == tombstone for _, answer in answers)
    assert (tombstone["status"], tombstone["amount"], tombstone["payment_url"]) == ("VOID", 0, None)
    status, problem = await till.call("POST", INVOICES, json=order(reference=reference))
    assert (status, problem["type"]) == (409, "invoice-void")
    assert await count_invoices(engine) == 1


async def test_of_a_void_and_a_creation_at_once_either_order_is_told_truly(till: Till, engine: AsyncEngine) -> None:
    for _ in range(15):
        wanted = order()
        (created, _), (voided, void) = await asyncio.gather(
            till.call("POST", INVOICES, json=wanted), till.void(wanted["reference"])
        )
        assert created in {201, 409}
        assert (voided, void["status"]) == (200, "VOID")
        _, listed = await till.call("GET", INVOICES, params={"reference": wanted["reference"]})
        assert [invoice["status"] for invoice in listed["items"]] == ["VOID"]


@pytest.mark.parametrize("status", ["PROCESSING", "PAID", "FAILED", "REFUNDED"])
async def test_what_is_processing_or_decided_is_not_voided(till: Till, engine: AsyncEngine, status: str) -> None:
    invoice = await till.make()
    async with engine.begin() as connection:
        await connection.execute(sa.update(invoices).values(status=status))
    code, problem = await till.void(invoice["reference"])
    assert (code, problem["type"], problem["invoice_status"]) == (409, "invoice-not-voidable", status)
    assert problem["invoice"] == await till.read(invoice)


async def test_invoices_are_listed_newest_first_page_by_page_and_filtered(till: Till) -> None:
    made = [await till.make() for _ in range(5)]
    await till.void(made[0]["reference"])
    seen, cursor = [], None
    while True:
        params = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        _, page = await till.call("GET", INVOICES, params=params)
        seen += [invoice["number"] for invoice in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [invoice["number"] for invoice in reversed(made)]
    _, void = await till.call("GET", INVOICES, params={"status": "VOID"})
    assert [invoice["number"] for invoice in void["items"]] == [made[0]["number"]]
    _, none = await till.call("GET", INVOICES, params={"reference": str(uuid4())})
    assert none == {"items": [], "next_cursor": None}


async def test_the_timeline_names_who_did_what(till: Till) -> None:
    invoice = await till.make()
    await till.void(invoice["reference"])
    _, document = await till.call("GET", f"{INVOICES}/{invoice['number']}/timeline")
    first, second = document["items"]
    assert set(first) == {"at", "service", "actor", "action", "from_status", "to_status", "detail"}
    assert (first["actor"], first["action"], first["from_status"], first["to_status"]) == (
        "ticket",
        "CREATE",
        None,
        "PENDING",
    )
    assert (second["service"], second["from_status"], second["to_status"]) == ("payment", "PENDING", "VOID")
