"""`/pay/{token}`: the hosted payment page. The token is the buyer's only credential."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from aiohttp import web

from payments.db import invoices
from payments.db.engine import reading
from payments.domain.errors import AlreadyDecidedError, InvoiceExpiredError, NotFoundError
from payments.domain.invoice import Invoice, InvoiceStatus
from payments.domain.money import format_money
from payments.http.exchange import FORM, accepts_html, json, read_body
from payments.http.inputs import Nothing
from payments.http.keys import services_of
from payments.http.pages import html
from payments.usecases.pay_invoice import has_expired, pay_invoice


async def _find(request: web.Request) -> Invoice:
    async with reading(services_of(request).engine) as connection:
        invoice = await invoices.find(connection, token=request.match_info["token"])
    if invoice is None:
        raise NotFoundError("There is no such invoice.")
    return invoice


def _is_too_late(invoice: Invoice) -> bool:
    return invoice.status is InvoiceStatus.PENDING and has_expired(invoice)


async def show(request: web.Request) -> web.Response:
    """The page; it changes nothing."""
    try:
        invoice = await _find(request)
    except NotFoundError:
        if accepts_html(request):
            return html(request, "unknown.html", {}, status=404)
        raise
    return html(request, "pay.html", _values(invoice))


def _values(invoice: Invoice) -> dict[str, object]:
    expires_at = invoice.expires_at or invoice.created_at
    path = f"/pay/{invoice.token}"
    return {
        "invoice": {
            "number": invoice.number,
            "description": invoice.description,
            "amount_text": format_money(invoice.amount, invoice.currency),
            "status": invoice.status.value,
            "customer_name": (invoice.customer or {}).get("name"),
            "expires_at": expires_at.isoformat(timespec="seconds"),
            "expires_at_unix": int(expires_at.timestamp()),
            "failure_reason": invoice.failure_reason,
        },
        "now_unix": int(datetime.now(UTC).timestamp()),
        "pay_path": path,
        "status_path": f"{path}/status",
        "return_url": invoice.return_url,
        "expired": _is_too_late(invoice),
    }


async def status(request: web.Request) -> web.Response:
    """Where the payment is, for the page."""
    invoice = await _find(request)
    answer = {
        "status": invoice.status,
        "failure_reason": invoice.failure_reason,
        "expired": _is_too_late(invoice),
    }
    return json(answer, Cache_Control="no-store", Referrer_Policy="no-referrer")


async def pay(request: web.Request) -> web.Response:
    """Begin the attempt: 202 for programs; a browser's form is sent back to the page, which tells the outcome."""
    await read_body(request, Nothing, optional=True, also=(FORM,))
    token = request.match_info["token"]
    if request.content_type == FORM or accepts_html(request):
        # The page says why, if it could not be.
        with suppress(AlreadyDecidedError, InvoiceExpiredError):
            await pay_invoice(services_of(request), token)
        return web.Response(status=303, headers={"Location": f"/pay/{token}", "Referrer-Policy": "no-referrer"})
    invoice = await pay_invoice(services_of(request), token)
    return json({"status": invoice.status}, 202, Cache_Control="no-store", Referrer_Policy="no-referrer")
