"""`/api/v1/invoices`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aiohttp import web
from servicekit.cursors import page, read_cursor
from servicekit.db.engine import reading
from servicekit.errors import NotFoundError
from sqlalchemy.ext.asyncio import AsyncConnection

from payments.db import invoices
from payments.domain.invoice import Invoice, InvoiceStatus
from payments.http.exchange import json, read_body, read_query
from payments.http.idempotency import create_once
from payments.http.inputs import InvoiceInput, InvoiceQuery, Moment, Nothing, VoidInput
from payments.http.keys import caller_of, services_of
from payments.usecases.create_invoice import InvoiceOrder, create_invoice
from payments.usecases.refund_invoice import request_refund
from payments.usecases.representations import invoice_representation
from payments.usecases.void_invoice import void_invoice


def _show(request: web.Request, invoice: Invoice) -> dict[str, Any]:
    return invoice_representation(services_of(request).settings, invoice)


async def create(request: web.Request) -> web.Response:
    """201 for a new invoice, 200 for the one that the reference has."""
    body = await read_body(request, InvoiceInput)
    order = InvoiceOrder(**{**dict(body), "customer": body.customer.model_dump(mode="json")})

    async def make(connection: AsyncConnection) -> tuple[int, object]:
        creation = await create_invoice(connection, order, actor=caller_of(request))
        return 201 if creation.is_new else 200, _show(request, creation.invoice)

    return await create_once(request, body, make)


async def list_(request: web.Request) -> web.Response:
    """The newest first."""
    query = read_query(request, InvoiceQuery)
    after = read_cursor(query.cursor, tuple[Moment, str])
    async with reading(services_of(request).engine) as connection:
        found = await invoices.list_invoices(
            connection, status=query.status, reference=query.reference, after=after, limit=query.limit + 1
        )
    return json(page(found, query.limit, show=lambda invoice: _show(request, invoice), sort_values=_sort_values))


def _sort_values(invoice: Invoice) -> tuple[datetime, str]:
    return invoice.created_at, invoice.number


async def get(request: web.Request) -> web.Response:
    """One invoice."""
    return json(_show(request, await _find(request)))


async def _find(request: web.Request) -> Invoice:
    number = request.match_info["number"]
    async with reading(services_of(request).engine) as connection:
        invoice = await invoices.find(connection, number=number)
    if invoice is None:
        raise NotFoundError(f"There is no invoice {number}.")
    return invoice


async def timeline(request: web.Request) -> web.Response:
    """What happened to an invoice, in order."""
    invoice = await _find(request)
    async with reading(services_of(request).engine) as connection:
        found = await invoices.timeline(connection, invoice.number)
    return json({"items": [{"service": "payment", **row} for row in found]})


async def void(request: web.Request) -> web.Response:
    """Void a reference; one without an invoice gets a tombstone."""
    body = await read_body(request, VoidInput)
    services = services_of(request)
    async with services.engine.begin() as connection:
        invoice = await void_invoice(connection, services.settings, body.reference, actor=caller_of(request))
    return json(_show(request, invoice))


async def refund(request: web.Request) -> web.Response:
    """202 while the refund is to be made, 200 when it is."""
    await read_body(request, Nothing, optional=True)
    invoice = await request_refund(services_of(request), request.match_info["number"], actor=caller_of(request))
    return json(_show(request, invoice), 200 if invoice.status is InvoiceStatus.REFUNDED else 202)
