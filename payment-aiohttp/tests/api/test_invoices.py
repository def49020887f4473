"""Creating, finding and voiding invoices (contracts/README.md, Invoice)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import aiohttp
import pytest
import sqlalchemy as sa
from payments.db.tables import invoices
from sqlalchemy.ext.asyncio import AsyncEngine
from support.payment_api import INVOICES, PaymentApi, invoice_request

FIELDS = (
    "number reference version status amount currency description customer payment_url return_url expires_at "
    "failure_reason refund_requested_at paid_at failed_at voided_at refunded_at created_at updated_at"
)


async def count_invoices(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return int((await connection.execute(sa.select(sa.func.count()).select_from(invoices))).scalar_one())


async def test_a_new_invoice_has_every_field_of_the_contract(api: PaymentApi) -> None:
    body = invoice_request()
    status, invoice = await api.call("POST", INVOICES, json=body)
    assert status == 201
    assert set(invoice) == set(FIELDS.split())
    assert (invoice["status"], invoice["version"]) == ("PENDING", 1)
    kept = ("reference", "amount", "currency", "description", "customer", "return_url")
    assert {name: invoice[name] for name in kept} == {name: body[name] for name in kept}
    assert invoice["payment_url"].startswith("http://pay.test/pay/")
    assert invoice["expires_at"].endswith("Z")
    assert await api.read_invoice(invoice) == invoice


async def test_a_repeated_request_for_a_reference_returns_the_existing_invoice(api: PaymentApi) -> None:
    body = invoice_request()
    _, first = await api.call("POST", INVOICES, json=body)
    status, second = await api.call("POST", INVOICES, json={**body, "description": "another description"})
    assert (status, second) == (200, first)


async def test_a_repeated_request_moves_the_deadline_of_a_pending_invoice_to_the_later_one(api: PaymentApi) -> None:
    passed, later, earlier = ((datetime.now(UTC) + timedelta(minutes=minutes)).isoformat() for minutes in (-60, 30, 20))
    body = invoice_request(expires_at=passed)
    _, first = await api.call("POST", INVOICES, json=body)
    assert await api.pay(first) == 409
    status, extended = await api.call("POST", INVOICES, json={**body, "expires_at": later})
    assert (status, extended["version"]) == (200, 2)
    assert datetime.fromisoformat(extended["expires_at"]) == datetime.fromisoformat(later)
    assert await api.actions(first) == ["CREATE", "EXTEND"]
    assert await api.call("POST", INVOICES, json={**body, "expires_at": earlier}) == (200, extended)
    assert await api.pay(first) == 202
    status, processing = await api.call("POST", INVOICES, json={**body, "expires_at": "2090-01-01T00:00:00Z"})
    assert (status, processing["status"], processing["expires_at"]) == (200, "PROCESSING", extended["expires_at"])


@pytest.mark.parametrize("change", [{"amount": 1}, {"currency": "USD"}])
async def test_a_repeated_request_with_another_amount_is_refused(api: PaymentApi, change: dict[str, object]) -> None:
    body = invoice_request()
    await api.call("POST", INVOICES, json=body)
    status, problem = await api.call("POST", INVOICES, json={**body, **change})
    assert (status, problem["type"]) == (422, "idempotency-key-reused")


async def test_twenty_requests_at_the_same_time_create_one_invoice(api: PaymentApi, engine: AsyncEngine) -> None:
    body = invoice_request()
    answers = await asyncio.gather(*(api.call("POST", INVOICES, json=body) for _ in range(20)))
    assert sorted(status for status, _ in answers) == [200] * 19 + [201]
    assert len({invoice["number"] for _, invoice in answers}) == 1
    assert await count_invoices(engine) == 1


async def test_a_repeated_idempotency_key_and_body_get_the_first_answer(
    api: PaymentApi, client: aiohttp.ClientSession, engine: AsyncEngine
) -> None:
    body, headers = invoice_request(), {"Idempotency-Key": "key-1"}
    _, first = await api.call("POST", INVOICES, json=body, headers=headers)
    await api.void(body["reference"])
    async with client.post(INVOICES, json=body, headers=headers) as again:
        assert (again.status, again.headers["Idempotent-Replay"]) == (201, "true")
        assert await again.json() == first
    status, problem = await api.call("POST", INVOICES, json=invoice_request(), headers=headers)
    assert (status, problem["type"]) == (422, "idempotency-key-reused")
    assert await count_invoices(engine) == 1


async def test_an_idempotency_key_whose_first_request_is_running_is_refused(
    api: PaymentApi, engine: AsyncEngine
) -> None:
    async with engine.begin() as connection:
        lock = sa.func.pg_advisory_xact_lock(sa.func.hashtextextended("ticket\nkey-2", 0))
        await connection.execute(sa.select(lock))
        status, problem = await api.call("POST", INVOICES, json=invoice_request(), headers={"Idempotency-Key": "key-2"})
    assert (status, problem["type"]) == (409, "request-in-progress")


async def test_voiding_is_final_and_may_be_repeated(api: PaymentApi) -> None:
    invoice = await api.create_invoice()
    status, void = await api.void(invoice["reference"])
    assert (status, void["status"], void["version"]) == (200, "VOID", 2)
    assert void["voided_at"]
    assert await api.void(invoice["reference"]) == (200, void)
    status, problem = await api.call("POST", INVOICES, json=invoice_request(reference=invoice["reference"]))
    assert (status, problem["type"], problem["invoice_status"]) == (409, "invoice-void", "VOID")
    status, problem = await api.refund(invoice)
    assert (status, problem["type"], problem["invoice_status"]) == (409, "invoice-not-refundable", "VOID")
    assert await api.pay(invoice) == 409
    assert await api.actions(invoice) == ["CREATE", "VOID"]


async def test_voiding_an_unknown_reference_leaves_a_tombstone(api: PaymentApi, engine: AsyncEngine) -> None:
    reference = str(uuid4())
    answers = await asyncio.gather(*(api.void(reference) for _ in range(8)))
    assert {status for status, _ in answers} == {200}
    tombstone = answers[0][1]
    assert all(answer == tombstone for _, answer in answers)
    assert (tombstone["status"], tombstone["amount"], tombstone["payment_url"]) == ("VOID", 0, None)
    status, problem = await api.call("POST", INVOICES, json=invoice_request(reference=reference))
    assert (status, problem["type"]) == (409, "invoice-void")
    assert await count_invoices(engine) == 1


async def test_a_void_and_a_creation_at_the_same_time_are_answered_consistently_in_either_order(
    api: PaymentApi, engine: AsyncEngine
) -> None:
    for _ in range(15):
        body = invoice_request()
        (created, _), (voided, void) = await asyncio.gather(
            api.call("POST", INVOICES, json=body), api.void(body["reference"])
        )
        assert created in {201, 409}
        assert (voided, void["status"]) == (200, "VOID")
        _, listed = await api.call("GET", INVOICES, params={"reference": body["reference"]})
        assert [invoice["status"] for invoice in listed["items"]] == ["VOID"]


@pytest.mark.parametrize("status", ["PROCESSING", "PAID", "FAILED", "REFUNDED"])
async def test_an_invoice_that_is_processing_or_decided_is_not_voided(
    api: PaymentApi, engine: AsyncEngine, status: str
) -> None:
    invoice = await api.create_invoice()
    async with engine.begin() as connection:
        await connection.execute(sa.update(invoices).values(status=status))
    code, problem = await api.void(invoice["reference"])
    assert (code, problem["type"], problem["invoice_status"]) == (409, "invoice-not-voidable", status)
    assert problem["invoice"] == await api.read_invoice(invoice)


async def test_invoices_are_listed_newest_first_page_by_page_and_filtered(api: PaymentApi) -> None:
    made = [await api.create_invoice() for _ in range(5)]
    await api.void(made[0]["reference"])
    seen, cursor = [], None
    while True:
        params = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        _, page = await api.call("GET", INVOICES, params=params)
        seen += [invoice["number"] for invoice in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [invoice["number"] for invoice in reversed(made)]
    _, void = await api.call("GET", INVOICES, params={"status": "VOID"})
    assert [invoice["number"] for invoice in void["items"]] == [made[0]["number"]]
    _, none = await api.call("GET", INVOICES, params={"reference": str(uuid4())})
    assert none == {"items": [], "next_cursor": None}


async def test_the_invoices_of_several_bookings_are_listed_by_one_request(api: PaymentApi) -> None:
    first, _, last = [await api.create_invoice() for _ in range(3)]
    references = ",".join([first["reference"], str(uuid4()), last["reference"]])
    _, listed = await api.call("GET", INVOICES, params={"references": references})
    assert [each["number"] for each in listed["items"]] == [last["number"], first["number"]]
    _, one = await api.call("GET", INVOICES, params={"references": references, "reference": first["reference"]})
    assert [each["number"] for each in one["items"]] == [first["number"]]
    _, none = await api.call("GET", INVOICES, params={"references": str(uuid4()), "reference": first["reference"]})
    assert none["items"] == []
    await api.void(first["reference"])
    most = ",".join([first["reference"], last["reference"], *(str(uuid4()) for _ in range(48))])
    for decided, expected in (("true", first), ("false", last)):
        _, found = await api.call("GET", INVOICES, params={"references": most, "decided": decided})
        assert [each["number"] for each in found["items"]] == [expected["number"]]


@pytest.mark.parametrize("wrong", ["", "no-id", f"{uuid4()},", ",".join(str(uuid4()) for _ in range(51))])
async def test_a_list_of_references_that_is_malformed_or_too_long_is_refused(api: PaymentApi, wrong: str) -> None:
    status, problem = await api.call("GET", INVOICES, params={"references": wrong})
    assert (status, problem["type"]) == (422, "validation-error")


async def test_the_timeline_begins_with_what_an_earlier_release_has_recorded(
    api: PaymentApi, engine: AsyncEngine
) -> None:
    invoice = await api.create_invoice()
    async with engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE invoices SET history = '[]'")
        await connection.exec_driver_sql(
            "INSERT INTO audit_entries (invoice_number, actor, action, to_status, request_id)"
            " SELECT number, 'ticket', 'CREATE', 'PENDING', 'x' FROM invoices"
        )
    await api.void(invoice["reference"])
    assert await api.actions(invoice) == ["CREATE", "VOID"]


async def test_the_timeline_is_in_order_though_an_earlier_release_stored_its_entries_the_other_way_round(
    api: PaymentApi, engine: AsyncEngine
) -> None:
    invoice = await api.create_invoice()
    await api.void(invoice["reference"])
    async with engine.begin() as connection:
        stored = (await connection.execute(sa.select(invoices.c.history))).scalar_one()
        assert [entry["action"] for entry in stored] == ["VOID", "CREATE"]
        assert await api.actions(invoice) == ["CREATE", "VOID"]
        await connection.execute(sa.update(invoices).values(history=stored[::-1]))
    assert await api.actions(invoice) == ["CREATE", "VOID"]


async def test_the_timeline_names_the_actor_of_every_action(api: PaymentApi) -> None:
    invoice = await api.create_invoice()
    await api.void(invoice["reference"])
    _, document = await api.call("GET", f"{INVOICES}/{invoice['number']}/timeline")
    first, second = document["items"]
    assert set(first) == {"at", "service", "actor", "action", "from_status", "to_status", "detail"}
    assert (first["actor"], first["action"], first["from_status"], first["to_status"]) == (
        "ticket",
        "CREATE",
        None,
        "PENDING",
    )
    assert (second["service"], second["from_status"], second["to_status"]) == ("payment", "PENDING", "VOID")
