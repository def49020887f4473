"""Reads and writes invoices with their history. Every change of status goes through `change_locked`."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from servicekit.db.paging import Order
from servicekit.db.retention import delete_batch
from servicekit.tracing import current_trace
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from payments.db.tables import audit_entries
from payments.db.tables import invoices as rows
from payments.domain.invoice import TIME_OF, UNDECIDED, Invoice, InvoiceAction, InvoiceStatus, next_status


class StaleInvoiceError(Exception):
    """The invoice has changed since it was read: a defect, since the caller must lock an invoice before changing it."""


NOW = sa.func.statement_timestamp()
AUDIT_KEPT = timedelta(days=730)
_COLUMNS = [rows.c[field.name] for field in fields(Invoice)]
_NEWEST_FIRST = Order([rows.c.created_at, rows.c.number], descending=True)


def _read(row: sa.Row[Any]) -> Invoice:
    values = dict(row._mapping)
    return Invoice(**{**values, "status": InvoiceStatus(values["status"])})


async def find(
    connection: AsyncConnection,
    *,
    number: str | None = None,
    reference: UUID | None = None,
    token: str | None = None,
    lock: bool = False,
) -> Invoice | None:
    """Returns the invoice with this number, reference or token, None if there is none.

    With `lock`, no other transaction can change the invoice until this one ends.
    """
    query = sa.select(*_COLUMNS)
    keys = {"number": number, "reference": reference, "token": token}
    for name, value in keys.items():
        if value is not None:
            query = query.where(rows.c[name] == value)
    row = (await connection.execute(query.with_for_update() if lock else query)).one_or_none()
    return _read(row) if row else None


async def require(connection: AsyncConnection, *, lock: bool = False, **key: Any) -> Invoice:
    """Returns the invoice that `find` finds; raises LookupError, which names the key, if there is none."""
    invoice = await find(connection, lock=lock, **key)
    if invoice is None:
        raise LookupError(f"no invoice with {key}")
    return invoice


async def list_invoices(
    connection: AsyncConnection,
    *,
    status: InvoiceStatus | None,
    decided: bool | None,
    references: Set[UUID] | None,
    after: tuple[datetime, str] | None,
    limit: int,
) -> list[Invoice]:
    """Returns at most `limit` invoices, newest first, that follow `after` (creation time and number of an invoice)."""
    query = _NEWEST_FIRST.apply(sa.select(*_COLUMNS), after).limit(limit)
    if status is not None:
        query = query.where(rows.c.status == status)
    if decided is not None:
        query = query.where(rows.c.status.in_(UNDECIDED) != decided)
    if references is not None:
        query = query.where(rows.c.reference.in_(references))
    return [_read(row) for row in await connection.execute(query)]


async def insert_if_new(
    connection: AsyncConnection, values: dict[str, Any], *, actor: str, action: str
) -> Invoice | None:
    """Inserts an invoice; returns None if the reference has an invoice, which this transaction can then read."""
    history = _entry(actor=actor, action=action, from_status=None, to_status=values["status"])
    statement = insert(rows).values(**values, history=history).on_conflict_do_nothing(index_elements=["reference"])
    row = (await connection.execute(statement.returning(*_COLUMNS))).one_or_none()
    return _read(row) if row else None


async def change_locked(
    connection: AsyncConnection,
    invoice: Invoice,
    action: InvoiceAction,
    *,
    actor: str,
    detail: dict[str, object] | None = None,
    **values: object,
) -> Invoice:
    """Applies `action` to an invoice that this transaction has locked, and sets `values` with it.

    Raises StaleInvoiceError if the invoice was not locked and has changed meanwhile.
    """
    times = {TIME_OF[action]: NOW} if action in TIME_OF else {}
    status = next_status(invoice.status, action)
    entry = _entry(actor=actor, action=action, from_status=invoice.status, to_status=status, detail=detail)
    statement = (
        sa.update(rows)
        .where(rows.c.number == invoice.number, rows.c.status == invoice.status, rows.c.version == invoice.version)
        .values(status=status, version=rows.c.version + 1, updated_at=NOW, **times, **values)
        .values(history=entry.concat(rows.c.history))
    )
    row = (await connection.execute(statement.returning(*_COLUMNS))).one_or_none()
    if row is None:
        raise StaleInvoiceError(invoice.number)
    return _read(row)


async def delete_old_audit_entries(connection: AsyncConnection) -> int:
    """Deletes audit entries that are older than `AUDIT_KEPT`, at most `BATCH`; returns how many."""
    return await delete_batch(connection, audit_entries, audit_entries.c.at < sa.func.now() - AUDIT_KEPT)


def _entry(
    *,
    actor: str,
    action: str,
    from_status: InvoiceStatus | None,
    to_status: InvoiceStatus,
    detail: dict[str, object] | None = None,
) -> sa.ColumnElement[Any]:
    """Returns an SQL expression: a history of one entry, which the statement that changes the invoice adds to it."""
    entry = {
        "actor": actor,
        "action": action,
        "from_status": from_status,
        "to_status": to_status,
        "detail": detail or {},
        "request_id": current_trace().request_id,
    }
    at = sa.func.jsonb_build_object("at", NOW, type_=JSONB)
    return sa.func.jsonb_build_array(at.concat(sa.cast(entry, JSONB)), type_=JSONB)


async def read_timeline(connection: AsyncConnection, number: str) -> list[dict[str, Any]]:
    """Returns the changes of an invoice, oldest first; those of earlier releases have rows of their own."""
    found = audit_entries.c
    columns = (found.at, found.actor, found.action, found.from_status, found.to_status, found.detail)
    query = sa.select(*columns).where(found.invoice_number == number).order_by(found.id)
    earlier = [dict(row._mapping) for row in await connection.execute(query)]
    history = (await connection.execute(sa.select(rows.c.history).where(rows.c.number == number))).scalar_one()
    for entry in history:
        entry["at"] = datetime.fromisoformat(entry["at"]).astimezone(UTC)
    # The newest stands first, so that the row ends as it did before; earlier releases added at the end.
    # Sorting the newest first keeps the order of entries of one moment.
    history.sort(key=itemgetter("at"), reverse=True)
    return [*earlier, *({column.name: entry[column.name] for column in columns} for entry in reversed(history))]


async def count_by_status(connection: AsyncConnection) -> dict[str, int]:
    """Returns the number of invoices in each status."""
    query = sa.select(rows.c.status, sa.func.count()).group_by(rows.c.status)
    found: dict[str, int] = {row[0]: row[1] for row in await connection.execute(query)}
    return {status: found.get(status, 0) for status in InvoiceStatus}
