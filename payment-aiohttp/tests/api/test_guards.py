"""Guards of invoices, refunds and their webhooks, each with a test that fails without it.

First the guard is off and the broken promise is seen; then it is on and it is not. Where guards back each other, each
is shown to be enough alone.
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
from servicekit.delivery import AttemptOutcome, DeliveryState, Verdict
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from support.invoices import Document, Till


@pytest.fixture
async def paid(till: Till, services: Services) -> Document:
    """An invoice that is PAID and told of."""
    invoice = await till.make()
    assert await till.pay(invoice) == 202
    await settle_payment(services, invoice["number"])
    return invoice


class Variant:
    """`payments.db.invoices` with some of its functions replaced, for one of those who use it."""

    def __init__(self, **replaced: object) -> None:
        self.__dict__.update(replaced)

    def __getattr__(self, name: str) -> Any:
        return getattr(invoices, name)


async def change_whatever_it_is(
    connection: AsyncConnection, invoice: Invoice, action: InvoiceAction, *, actor: str, **values: object
) -> Invoice:
    """`change_locked` without its conditions on state and version."""
    statement = sa.update(invoice_rows).where(invoice_rows.c.number == invoice.number)
    await connection.execute(statement.values(status=next_status(invoice.status, action), **values))
    return await invoices.find_by(connection, number=invoice.number)


# A payment and a void at once.


@pytest.mark.parametrize(
    ("conditional", "answer", "status"), [(False, 202, "PROCESSING"), (True, 500, "VOID")], ids=["neither", "condition"]
)
async def test_without_its_lock_a_payment_overruns_a_void_unless_the_condition_stops_it(
    till: Till, monkeypatch: pytest.MonkeyPatch, conditional: bool, answer: int, status: str
) -> None:
    """With the lock, the other waits: `test_of_a_void_and_a_payment_at_once_one_wins`."""
    invoice = await till.make()

    async def look_and_be_overtaken(connection: AsyncConnection, *, token: str, lock: bool) -> Invoice | None:
        found = await invoices.find(connection, token=token)
        assert (await till.void(invoice["reference"]))[0] == 200
        return found

    replaced: dict[str, object] = {"find": look_and_be_overtaken}
    if not conditional:
        replaced["change_locked"] = change_whatever_it_is
    with monkeypatch.context() as patch:
        patch.setattr(pay_invoice, "invoices", Variant(**replaced))
        assert await till.pay(invoice) == answer
    assert (await till.read(invoice))["status"] == status


async def test_without_the_look_at_the_deadline_an_attempt_begins_after_it(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With it: `test_nothing_begins_after_the_deadline`."""
    invoice = await till.make(expires_at="2020-01-01T00:00:00Z")
    monkeypatch.setattr(pay_invoice, "has_expired", lambda _: False)
    assert await till.pay(invoice) == 202


# A refund is asked for once, made once and told of once.


async def test_without_the_look_at_an_earlier_wish_a_refund_is_asked_for_twice(
    till: Till, paid: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def find_unasked(connection: AsyncConnection, **names: Any) -> Invoice | None:
        found = await invoices.find(connection, **names)
        return replace(found, refund_requested_at=None) if found else None

    await till.refund(paid)
    await till.refund(paid)
    assert (await till.actions(paid)).count("REQUEST_REFUND") == 1
    monkeypatch.setattr(refund_invoice, "invoices", Variant(find=find_unasked))
    await till.refund(paid)
    assert (await till.actions(paid)).count("REQUEST_REFUND") == 2


async def _as_if_still_paid(connection: AsyncConnection, **names: Any) -> Invoice:
    found = await invoices.find_by(connection, **names)
    return replace(found, status=InvoiceStatus.PAID, refund_requested_at=datetime.now(UTC))


ONCE_TOLD = "uq_webhook_deliveries_invoice_number"


@pytest.fixture
async def without_unique_webhook(engine: AsyncEngine) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.exec_driver_sql(f"ALTER TABLE webhook_deliveries DROP CONSTRAINT {ONCE_TOLD}")
    yield
    async with engine.begin() as connection:
        await connection.exec_driver_sql("DELETE FROM webhook_deliveries")
        restored = f"ALTER TABLE webhook_deliveries ADD CONSTRAINT {ONCE_TOLD} UNIQUE (invoice_number, type)"
        await connection.exec_driver_sql(restored)


async def told_of_refunds(
    till: Till, invoice: Document, services: Services, patch: pytest.MonkeyPatch, **replaced: object
) -> int:
    """How often, when the job of a refund that is done runs once more."""
    await till.refund(invoice)
    await make_refund(services, invoice["number"])
    patch.setattr(refund_invoice, "invoices", Variant(**replaced))
    with suppress(invoices.StaleInvoiceError, IntegrityError):
        await make_refund(services, invoice["number"])
    return [each["type"] for each in await till.deliveries(invoice)].count("invoice.refunded")


@pytest.mark.usefixtures("without_unique_webhook")
@pytest.mark.parametrize(
    ("replaced", "told"),
    [
        ({"find_by": _as_if_still_paid, "change_locked": change_whatever_it_is}, 2),
        ({"find_by": _as_if_still_paid}, 1),
        ({"change_locked": change_whatever_it_is}, 1),
    ],
    ids=["no guard", "the condition alone", "the look alone"],
)
async def test_a_repeated_job_refunds_and_tells_again_only_without_both_guards(
    till: Till,
    paid: Document,
    services: Services,
    monkeypatch: pytest.MonkeyPatch,
    replaced: dict[str, object],
    told: int,
) -> None:
    assert await told_of_refunds(till, paid, services, monkeypatch, **replaced) == told


async def test_the_unique_webhook_alone_keeps_a_repeated_job_from_refunding_and_telling_again(
    till: Till, paid: Document, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    guardless = {"find_by": _as_if_still_paid, "change_locked": change_whatever_it_is}
    assert await told_of_refunds(till, paid, services, monkeypatch, **guardless) == 1


# Deliveries.


async def test_a_failure_that_comes_late_does_not_undo_what_a_newer_attempt_found_out(
    till: Till, paid: Document, services: Services
) -> None:
    (told,) = await till.deliveries(paid)
    async with services.engine.begin() as connection:
        is_it = webhook_deliveries.c.id == UUID(told["id"])
        (slow,) = await OUTBOX.claim_due(connection, is_it, lease=deliver_webhook.LEASE * 0, limit=1)
        (newer,) = await OUTBOX.claim_due(connection, is_it, lease=deliver_webhook.LEASE, limit=1)
        await OUTBOX.record(connection, newer, AttemptOutcome(200, 1, None), Verdict(DeliveryState.DELIVERED))
        await OUTBOX.record(connection, slow, AttemptOutcome(None, 15_000, "timeout"), Verdict(DeliveryState.DEAD))
    (told,) = await till.deliveries(paid)
    assert (told["state"], [each["status_code"] for each in told["attempts"]]) == ("DELIVERED", [None, 200])


# The last guards: the database itself.

LAST_GUARDS = {
    "uq_invoices_reference": "UPDATE invoices SET reference = (SELECT min(reference::text)::uuid FROM invoices)",
    "uq_payment_attempts_invoice_number": "INSERT INTO payment_attempts (id, invoice_number, outcome, due_at)"
    " SELECT gen_random_uuid(), invoice_number, 'ok', now() FROM payment_attempts",
    ONCE_TOLD: "INSERT INTO webhook_deliveries (id, invoice_number, type, body, request_id, traceparent)"
    " SELECT gen_random_uuid(), invoice_number, type, body, request_id, traceparent FROM webhook_deliveries",
    "ck_invoices_payable": "UPDATE invoices SET expires_at = NULL",
    "ck_webhook_deliveries_next_attempt": "UPDATE webhook_deliveries SET next_attempt_at = NULL",
}


@pytest.mark.parametrize(("guard", "statement"), LAST_GUARDS.items(), ids=LAST_GUARDS)
async def test_the_database_refuses_what_would_break_a_promise_and_only_by_this_guard(
    till: Till, paid: Document, engine: AsyncEngine, guard: str, statement: str
) -> None:
    await till.make(reference=str(uuid4()))
    table = next(
        table.name
        for table in metadata.tables.values()
        if any(constraint.name == guard for constraint in table.constraints)
    )
    with pytest.raises(IntegrityError, match=guard):
        await _and_undo(engine, statement)
    await _and_undo(engine, f"ALTER TABLE {table} DROP CONSTRAINT {guard}", statement)


async def _and_undo(engine: AsyncEngine, *statements: str) -> None:
    async with engine.connect() as connection:
        for statement in statements:
            await connection.exec_driver_sql(statement)
        await connection.rollback()
