"""Handlers of `/api/v1/invoices`."""

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
from payments.http.idempotency import create_once, has_key
from payments.http.inputs import InvoiceInput, InvoiceQuery, Moment, Nothing, VoidInput
from payments.http.keys import caller_of, services_of
from payments.usecases.create_invoice import InvoiceRequest, create_invoice, create_new_invoice
from payments.usecases.refund_invoice import request_refund
from payments.usecases.representation import invoice_representation
from payments.usecases.void_invoice import void_invoice


def _represent(request: web.Request, invoice: Invoice) -> dict[str, Any]:
    return invoice_representation(services_of(request).settings, invoice)


async def post_invoice(request: web.Request) -> web.Response:
    """Creates an invoice: answers 201 if it is new, 200 if the reference had one."""
    body = await read_body(request, InvoiceInput)
    invoice_request = InvoiceRequest(**{**dict(body), "customer": body.customer.model_dump(mode="json")})
    if not has_key(request):
        created = await create_new_invoice(services_of(request).engine, invoice_request, actor=caller_of(request))
        if created is not None:
            return json(_represent(request, created), 201)

    async def create(connection: AsyncConnection) -> tuple[int, object]:
        creation = await create_invoice(connection, invoice_request, actor=caller_of(request))
        return 201 if creation.is_new else 200, _represent(request, creation.invoice)

    return await create_once(request, body, create)


async def get_invoices(request: web.Request) -> web.Response:
    """Answers a page of invoices, newest first."""
    query = read_query(request, InvoiceQuery)
    after = read_cursor(query.cursor, tuple[Moment, str])
    one = None if query.reference is None else {query.reference}
    several = None if query.references is None else set(query.references)
    references = one & several if one is not None and several is not None else one or several
    async with reading(services_of(request).engine) as connection:
        found = await invoices.list_invoices(
            connection,
            status=query.status,
            decided=query.decided,
            references=references,
            after=after,
            limit=query.limit + 1,
        )
    return json(page(found, query.limit, show=lambda invoice: _represent(request, invoice), sort_values=_sort_values))


def _sort_values(invoice: Invoice) -> tuple[datetime, str]:
    return invoice.created_at, invoice.number


async def get_invoice(request: web.Request) -> web.Response:
    """Answers one invoice."""
    return json(_represent(request, await _require_invoice(request)))


async def _require_invoice(request: web.Request) -> Invoice:
    number = request.match_info["number"]
    async with reading(services_of(request).engine) as connection:
        invoice = await invoices.find(connection, number=number)
    if invoice is None:
        raise NotFoundError(f"There is no invoice {number}.")
    return invoice


async def get_timeline(request: web.Request) -> web.Response:
    """Answers the changes of an invoice, oldest first."""
    invoice = await _require_invoice(request)
    async with reading(services_of(request).engine) as connection:
        found = await invoices.read_timeline(connection, invoice.number)
    return json({"items": [{"service": "payment", **row} for row in found]})


async def post_void(request: web.Request) -> web.Response:
    """Voids the invoice of a reference; a reference without an invoice gets a tombstone."""
    body = await read_body(request, VoidInput)
    services = services_of(request)
    async with services.engine.begin() as connection:
        invoice = await void_invoice(connection, services.settings, body.reference, actor=caller_of(request))
    return json(_represent(request, invoice))


async def post_refund(request: web.Request) -> web.Response:
    """Requests a refund: answers 202 until the refund is made, 200 afterwards."""
    await read_body(request, Nothing, optional=True)
    invoice = await request_refund(services_of(request), request.match_info["number"], actor=caller_of(request))
    return json(_represent(request, invoice), 200 if invoice.status is InvoiceStatus.REFUNDED else 202)
