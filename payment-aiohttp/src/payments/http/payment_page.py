"""Handlers of the hosted payment page, `/pay/{token}`. The token is the buyer's only credential."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import wraps

from aiohttp import web
from servicekit.db.availability import is_unavailable
from servicekit.db.engine import reading
from servicekit.errors import NotFoundError
from servicekit.money import format_money
from servicekit.times import format_moment, zone_of

from payments.db import invoices
from payments.domain.errors import AlreadyDecidedError, InvoiceExpiredError
from payments.domain.invoice import Invoice, InvoiceStatus
from payments.http.exchange import FORM, accepts_html, json, read_body
from payments.http.inputs import Nothing
from payments.http.keys import services_of
from payments.http.pages import html
from payments.http.problems import RETRY_AFTER
from payments.usecases.pay_invoice import has_expired, pay_invoice

RELOAD_SECONDS = 5

Handler = Callable[[web.Request], Awaitable[web.Response]]


def _with_error_pages(handler: Handler) -> Handler:
    """Answers a browser with an HTML page where a program gets a problem document."""

    @wraps(handler)
    async def handle(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except Exception as error:
            page = _page_of(request, error) if accepts_html(request) else None
            if page is None:
                raise
            return page

    return handle


def _page_of(request: web.Request, error: Exception) -> web.Response | None:
    if isinstance(error, NotFoundError):
        text = "Please check the link, or open it again from your booking."
        return _notice(request, 404, "There is no such payment", text)
    if is_unavailable(error):
        text = "Nothing has been lost. This page looks again by itself in a few seconds."
        page = _notice(request, 503, "Payments are not available just now", text, RELOAD_SECONDS)
        page.headers["Retry-After"] = RETRY_AFTER
        return page
    return None


def _notice(request: web.Request, status: int, title: str, text: str, reload_seconds: int = 0) -> web.Response:
    values: dict[str, object] = {"title": title, "text": text, "reload_seconds": reload_seconds}
    return html(request, "notice.html", values, status=status)


async def _require_invoice(request: web.Request) -> Invoice:
    async with reading(services_of(request).engine) as connection:
        invoice = await invoices.find(connection, token=request.match_info["token"])
    if invoice is None:
        raise NotFoundError("There is no such invoice.")
    return invoice


def _is_expired(invoice: Invoice) -> bool:
    return invoice.status is InvoiceStatus.PENDING and has_expired(invoice)


@_with_error_pages
async def get_page(request: web.Request) -> web.Response:
    """Answers the payment page; changes nothing."""
    return html(request, "pay.html", page_values(await _require_invoice(request)))


def page_values(invoice: Invoice) -> dict[str, object]:
    """Returns the values for the page's template."""
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
            "expires_at_text": format_moment(expires_at, zone_of(invoice.time_zone, "UTC")),
            "expires_at_unix": int(expires_at.timestamp()),
            "failure_reason": invoice.failure_reason,
        },
        "now_unix": int(datetime.now(UTC).timestamp()),
        "pay_path": path,
        "status_path": f"{path}/status",
        "return_url": invoice.return_url,
        "expired": _is_expired(invoice),
    }


async def get_status(request: web.Request) -> web.Response:
    """Answers the status of the payment, which the page polls."""
    invoice = await _require_invoice(request)
    answer = {
        "status": invoice.status,
        "failure_reason": invoice.failure_reason,
        "expired": _is_expired(invoice),
    }
    return json(answer, Cache_Control="no-store", Referrer_Policy="no-referrer")


@_with_error_pages
async def post_payment(request: web.Request) -> web.Response:
    """Begins the payment attempt: answers 202 to a program, and redirects a browser's form to the page."""
    await read_body(request, Nothing, optional=True, ignored_types=(FORM,))
    token = request.match_info["token"]
    if request.content_type == FORM or accepts_html(request):
        # The page shows why no attempt has begun.
        with suppress(AlreadyDecidedError, InvoiceExpiredError):
            await pay_invoice(services_of(request), token)
        return web.Response(status=303, headers={"Location": f"/pay/{token}", "Referrer-Policy": "no-referrer"})
    status = await pay_invoice(services_of(request), token)
    return json({"status": status}, 202, Cache_Control="no-store", Referrer_Policy="no-referrer")
