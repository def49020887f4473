"""Guards of invoices, refunds and their webhooks, each with a test that fails without it.

Each test shows the broken promise with the guard off, or names the test that shows the kept promise with the guard on.
Where several guards keep one promise, the tests show that each of them is enough alone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from payments.db import invoices
from payments.db.deliveries import OUTBOX
from payments.db.tables import invoices as invoice_rows
from payments.db.tables import metadata, webhook_deliveries
from payments.domain.invoice import Invoice, InvoiceAction, InvoiceStatus, next_status
from payments.services import Services
from payments.usecases import deliver_webhook, pay_invoice, refund_invoice
from payments.usecases.refund_invoice import make_refund
from payments.usecases.settle_payment import settle_payment
from servicekit.db.outbox import Attempted
from servicekit.delivery import AttemptOutcome, DeliveryState, Verdict
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from support.payment_api import Document, PaymentApi


@pytest.fixture
async def paid(api: PaymentApi, services: Services) -> Document:
    """Returns an invoice that is PAID, with the event of that in the outbox."""
    invoice = await api.create_invoice()
    assert await api.pay(invoice) == 202
    await settle_payment(services, invoice["number"])
    return invoice


class PatchedInvoices:
    """`payments.db.invoices` with some of its functions replaced, for one module that uses it."""

    def __init__(self, **replaced: object) -> None:
        self.__dict__.update(replaced)

    def __getattr__(self, name: str) -> Any:
        return getattr(invoices, name)


async def change_without_conditions(
    connection: AsyncConnection, invoice: Invoice, action: InvoiceAction, *, actor: str, **values: object
) -> Invoice:
    """Does what `change_locked` does, without the conditions on status and version."""
    statement = sa.update(invoice_rows).where(invoice_rows.c.number == invoice.number)
    await connection.execute(statement.values(status=next_status(invoice.status, action), **values))
    return await invoices.require(connection, number=invoice.number)


# A payment and a void at the same time.

STEP_BY_STEP = 1
"""With a seed, paying goes step by step instead of by one statement (`sql/start_attempt.sql`)."""


@pytest.mark.parametrize(
    ("conditional", "answer", "status"), [(False, 202, "PROCESSING"), (True, 500, "VOID")], ids=["neither", "condition"]
)
async def test_without_the_lock_a_payment_overwrites_a_void_unless_the_condition_stops_it(
    api: PaymentApi, monkeypatch: pytest.MonkeyPatch, conditional: bool, answer: int, status: str
) -> None:
    """With the lock, the second request waits: `test_of_a_void_and_a_payment_at_the_same_time_one_wins`."""
    await api.simulate(seed=STEP_BY_STEP)
    invoice = await api.create_invoice()

    async def find_and_void_meanwhile(connection: AsyncConnection, *, token: str, lock: bool) -> Invoice | None:
        found = await invoices.find(connection, token=token)
        assert (await api.void(invoice["reference"]))[0] == 200
        return found

    replaced: dict[str, object] = {"find": find_and_void_meanwhile}
    if not conditional:
        replaced["change_locked"] = change_without_conditions
    with monkeypatch.context() as patch:
        patch.setattr(pay_invoice, "invoices", PatchedInvoices(**replaced))
        assert await api.pay(invoice) == answer
    assert (await api.read_invoice(invoice))["status"] == status


async def test_without_the_check_of_the_deadline_an_attempt_begins_after_it(
    api: PaymentApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the check, none begins: `test_no_attempt_begins_after_the_deadline`."""
    invoice = await api.create_invoice(expires_at="2020-01-01T00:00:00Z")
    monkeypatch.setattr(pay_invoice, "has_expired", lambda _: False)
    assert await api.pay(invoice) == 202


# A refund is requested once, made once and published once.


async def test_without_the_check_of_an_earlier_request_a_refund_is_requested_twice(
    api: PaymentApi, paid: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def find_without_refund_request(connection: AsyncConnection, **names: Any) -> Invoice | None:
        found = await invoices.find(connection, **names)
        return replace(found, refund_requested_at=None) if found else None

    await api.refund(paid)
    await api.refund(paid)
    assert (await api.actions(paid)).count("REQUEST_REFUND") == 1
    monkeypatch.setattr(refund_invoice, "invoices", PatchedInvoices(find=find_without_refund_request))
    await api.refund(paid)
    assert (await api.actions(paid)).count("REQUEST_REFUND") == 2


async def require_as_paid(connection: AsyncConnection, **names: Any) -> Invoice:
    found = await invoices.require(connection, **names)
    return replace(found, status=InvoiceStatus.PAID, refund_requested_at=datetime.now(UTC))


UNIQUE_EVENT = "uq_webhook_deliveries_invoice_number"


@pytest.fixture
async def without_unique_webhook(engine: AsyncEngine) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.exec_driver_sql(f"ALTER TABLE webhook_deliveries DROP CONSTRAINT {UNIQUE_EVENT}")
    yield
    async with engine.begin() as connection:
        await connection.exec_driver_sql("DELETE FROM webhook_deliveries")
        restored = f"ALTER TABLE webhook_deliveries ADD CONSTRAINT {UNIQUE_EVENT} UNIQUE (invoice_number, type)"
        await connection.exec_driver_sql(restored)


async def count_refund_events(
    api: PaymentApi, invoice: Document, services: Services, patch: pytest.MonkeyPatch, **replaced: object
) -> int:
    """Makes a refund twice with some functions replaced; returns how many `invoice.refunded` events there are."""
    await api.refund(invoice)
    await make_refund(services, invoice["number"])
    patch.setattr(refund_invoice, "invoices", PatchedInvoices(**replaced))
    with suppress(invoices.StaleInvoiceError, IntegrityError):
        await make_refund(services, invoice["number"])
    return [each["type"] for each in await api.deliveries(invoice)].count("invoice.refunded")


@pytest.mark.usefixtures("without_unique_webhook")
@pytest.mark.parametrize(
    ("replaced", "events"),
    [
        ({"require": require_as_paid, "change_locked": change_without_conditions}, 2),
        ({"require": require_as_paid}, 1),
        ({"change_locked": change_without_conditions}, 1),
    ],
    ids=["no guard", "only the condition", "only the check"],
)
async def test_a_repeated_refund_is_published_again_only_without_both_guards(
    api: PaymentApi,
    paid: Document,
    services: Services,
    monkeypatch: pytest.MonkeyPatch,
    replaced: dict[str, object],
    events: int,
) -> None:
    assert await count_refund_events(api, paid, services, monkeypatch, **replaced) == events


async def test_the_unique_event_alone_stops_a_repeated_refund_from_being_published_again(
    api: PaymentApi, paid: Document, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    guardless = {"require": require_as_paid, "change_locked": change_without_conditions}
    assert await count_refund_events(api, paid, services, monkeypatch, **guardless) == 1


# Deliveries.


async def test_a_late_failure_does_not_overwrite_the_outcome_of_a_newer_attempt(
    api: PaymentApi, paid: Document, services: Services
) -> None:
    (delivery,) = await api.deliveries(paid)
    async with services.engine.begin() as connection:
        is_this = webhook_deliveries.c.id == UUID(delivery["id"])
        (slow,) = await OUTBOX.claim_due(connection, is_this, lease=deliver_webhook.LEASE * 0, limit=1)
        (newer,) = await OUTBOX.claim_due(connection, is_this, lease=deliver_webhook.LEASE, limit=1)
        await OUTBOX.record(
            connection, [Attempted(newer, AttemptOutcome(200, 1, None), Verdict(DeliveryState.DELIVERED))]
        )
        await OUTBOX.record(
            connection, [Attempted(slow, AttemptOutcome(None, 15_000, "timeout"), Verdict(DeliveryState.DEAD))]
        )
    (delivery,) = await api.deliveries(paid)
    assert (delivery["state"], [each["status_code"] for each in delivery["attempts"]]) == ("DELIVERED", [None, 200])


# The last guards: constraints of the database.

LAST_GUARDS = {
    "uq_invoices_reference": "UPDATE invoices SET reference = (SELECT min(reference::text)::uuid FROM invoices)",
    "uq_payment_attempts_invoice_number": "INSERT INTO payment_attempts (id, invoice_number, outcome, due_at)"
    " SELECT gen_random_uuid(), invoice_number, 'ok', now() FROM payment_attempts",
    UNIQUE_EVENT: "INSERT INTO webhook_deliveries (id, invoice_number, type, body, request_id, traceparent)"
    " SELECT gen_random_uuid(), invoice_number, type, body, request_id, traceparent FROM webhook_deliveries",
    "ck_invoices_payable": "UPDATE invoices SET expires_at = NULL",
    "ck_webhook_deliveries_next_attempt": "UPDATE webhook_deliveries SET next_attempt_at = NULL",
}


@pytest.mark.parametrize(("guard", "statement"), LAST_GUARDS.items(), ids=LAST_GUARDS)
async def test_the_database_refuses_a_broken_promise_and_only_by_this_constraint(
    api: PaymentApi, paid: Document, engine: AsyncEngine, guard: str, statement: str
) -> None:
    assert await api.pay(await api.create_invoice(reference=str(uuid4()))) == 202  # its attempt is under way
    table = next(
        table.name
        for table in metadata.tables.values()
        if any(constraint.name == guard for constraint in table.constraints)
    )
    with pytest.raises(IntegrityError, match=guard):
        await _execute_and_roll_back(engine, statement)
    await _execute_and_roll_back(engine, f"ALTER TABLE {table} DROP CONSTRAINT {guard}", statement)


async def _execute_and_roll_back(engine: AsyncEngine, *statements: str) -> None:
    async with engine.connect() as connection:
        for statement in statements:
            await connection.exec_driver_sql(statement)
        await connection.rollback()
