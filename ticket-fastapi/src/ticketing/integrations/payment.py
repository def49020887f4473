"""Calls to the payment service over HTTP (contracts/README.md, Invoice)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import aiohttp
from pydantic import BaseModel, ValidationError
from pydantic_core import to_json
from servicekit.emails import EmailError, normalised_email
from servicekit.http.calls import Answer
from servicekit.text import put_on_one_line

from ticketing.domain.booking_record import Booking
from ticketing.domain.records import Customer
from ticketing.domain.seat_plan import seat_label
from ticketing.integrations.calling import UnreachableError, call
from ticketing.integrations.gateways import (
    MOST_AT_ONCE,
    Invoice,
    InvoiceRefusedError,
    TimelineItem,
    UnreachablePaymentError,
)

LONGEST_DESCRIPTION, LONGEST_NAME = 500, 200
"""The maximum lengths of `invoice.description` and `customer.name` in contracts/text.json."""
UNUSABLE = "no-usable-address.example"
"""The domain that replaces an address which payment would refuse; `.example` belongs to nobody (RFC 2606)."""
TIMEOUT_SECONDS = 5.0
TIMELINE_TIMEOUT_SECONDS = 2.0


class _Invoices(BaseModel):
    items: list[Invoice]


class _Conflict(BaseModel):
    invoice: Invoice


class _Timeline(BaseModel):
    items: list[TimelineItem]


Parsed = TypeVar("Parsed", bound=BaseModel)


class HttpPayments:
    """Calls the payment service at `url`."""

    def __init__(self, http: aiohttp.ClientSession, url: str, key: str) -> None:
        self._http = http
        self._base = f"{url}/api/v1/invoices"
        self._key = key

    async def create_invoice(self, booking: Booking, expires_at: datetime) -> Invoice:
        """See `Payments.create_invoice`."""
        wanted: dict[str, object] = {
            "reference": str(booking.id),
            "amount": booking.amount,
            "currency": booking.currency,
            "description": _description(booking),
            "customer": _customer(booking.customer),
            "expires_at": expires_at.isoformat(),
            "time_zone": booking.event.time_zone,
        }
        if booking.return_url is not None:
            wanted["return_url"] = booking.return_url
        answer = await self._call("POST", self._base, wanted)
        if 400 <= answer.status < 500:
            raise InvoiceRefusedError(f"payment answered {answer.status}: {answer.body[:200].decode(errors='replace')}")
        return _invoice_of(booking, _read(Invoice, answer))

    async def find(self, booking: Booking) -> Invoice | None:
        """See `Payments.find`."""
        found = _read(_Invoices, await self._call("GET", self._base, params={"reference": str(booking.id)})).items
        return _invoice_of(booking, found[0]) if found else None

    async def find_decided(self, bookings: Sequence[Booking]) -> set[UUID]:
        """See `Payments.find_decided`."""
        references = ",".join(str(booking.id) for booking in bookings)
        params = {"references": references, "decided": "true", "limit": str(MOST_AT_ONCE)}
        return {each.reference for each in _read(_Invoices, await self._call("GET", self._base, params=params)).items}

    async def void(self, booking: Booking) -> Invoice:
        """See `Payments.void`."""
        answer = await self._call("POST", f"{self._base}/void", {"reference": str(booking.id)})
        invoice = _read(_Conflict, answer, 409).invoice if answer.status == 409 else _read(Invoice, answer)
        return _invoice_of(booking, invoice)

    async def refund(self, booking: Booking, invoice_number: str) -> Invoice:
        """See `Payments.refund`."""
        answer = await self._call("POST", f"{self._base}/{invoice_number}/refund", {})
        return _invoice_of(booking, _read(Invoice, answer))

    async def timeline(self, invoice_number: str) -> list[TimelineItem]:
        """See `Payments.timeline`."""
        url = f"{self._base}/{invoice_number}/timeline"
        return _read(_Timeline, await self._call("GET", url, seconds=TIMELINE_TIMEOUT_SECONDS)).items

    async def _call(
        self,
        method: str,
        url: str,
        json: dict[str, object] | None = None,
        *,
        params: dict[str, str] | None = None,
        seconds: float = TIMEOUT_SECONDS,
    ) -> Answer:
        body = None if json is None else to_json(json)
        try:
            return await call(self._http, method, url, key=self._key, seconds=seconds, body=body, params=params)
        except UnreachableError as error:
            raise UnreachablePaymentError(str(error)) from error


def _read(kind: type[Parsed], answer: Answer, *statuses: int) -> Parsed:
    """Returns the content of an answer with status 2xx or one of `statuses`."""
    try:
        if answer.is_success or answer.status in statuses:
            return kind.model_validate_json(answer.body)
    except ValidationError as error:
        raise UnreachablePaymentError(f"payment answered {answer.status}, not readable") from error
    raise UnreachablePaymentError(f"payment answered {answer.status}")


def _invoice_of(booking: Booking, invoice: Invoice) -> Invoice:
    """Returns the invoice; raises UnreachablePaymentError if it is another one than the booking's."""
    if not invoice.is_for(booking):
        raise UnreachablePaymentError(f"payment answered with an invoice that is not that of booking {booking.id}")
    return invoice


def _description(booking: Booking) -> str:
    seats = "; ".join(seat_label(seat.section, seat.row, seat.number) for seat in booking.seats)
    return put_on_one_line(f"{booking.event.name}: {seats}", LONGEST_DESCRIPTION)


def _customer(customer: Customer) -> dict[str, str]:
    name = put_on_one_line(customer.name, LONGEST_NAME)
    return {"id": str(customer.id), "name": name, "email": _address(customer)}


def _address(customer: Customer) -> str:
    """Returns an address that payment accepts: one that was stored under older rules must not stop a promotion.

    Payment neither sends mail nor shows the address.
    """
    try:
        return normalised_email(put_on_one_line(customer.email).replace(" ", ""))
    except EmailError:
        return f"{customer.id}@{UNUSABLE}"
