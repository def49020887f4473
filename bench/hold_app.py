"""The ticket service with organizers and payment that answer at once, so that only its own work is measured.

With `BENCH_SCOPE=hold` it leaves out transaction 2 (AWAITING_PAYMENT and the client's webhook) and nothing else: the
answer is still 201.
"""

# ruff: noqa: ARG001, ARG002 - the gateways here need not look at what they are asked for

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from unittest.mock import patch
from uuid import UUID

import uvicorn
from fastapi import FastAPI
from servicekit.logs import configure_logging
from ticketing.domain.booking_record import Booking
from ticketing.http.app import create_app
from ticketing.integrations.gateways import Gateways, HoldAnswer, HoldState, Invoice, InvoiceStatus, TimelineItem
from ticketing.settings import load_settings
from ticketing.usecases.booking import confirm_hold


class InstantOrganizers:
    """Accepts every hold."""

    async def hold(self, booking: Booking) -> HoldAnswer:
        return HoldAnswer.HELD

    async def look_up(self, booking: Booking) -> HoldState:
        return HoldState.HELD

    async def release(self, booking: Booking) -> None:
        return None


class InstantPayments:
    """Creates an invoice for every booking."""

    async def create_invoice(self, booking: Booking, expires_at: datetime) -> Invoice:
        return _invoice(booking, InvoiceStatus.PENDING, expires_at)

    async def find(self, booking: Booking) -> Invoice | None:
        return _invoice(booking, InvoiceStatus.PENDING, None)

    async def find_decided(self, bookings: Sequence[Booking]) -> set[UUID]:
        return set()

    async def void(self, booking: Booking) -> Invoice:
        return _invoice(booking, InvoiceStatus.VOID, None)

    async def refund(self, booking: Booking, invoice_number: str) -> Invoice:
        raise NotImplementedError("the benchmark refunds nothing")

    async def timeline(self, invoice_number: str) -> list[TimelineItem]:
        return []


def _invoice(booking: Booking, status: InvoiceStatus, expires_at: datetime | None) -> Invoice:
    return Invoice(
        number=f"INV-{booking.id.hex}",
        reference=booking.id,
        version=1,
        status=status,
        amount=booking.amount,
        currency=booking.currency,
        payment_url=f"http://127.0.0.1:9/pay/{booking.id.hex}",
        expires_at=expires_at,
    )


async def _confirmed(driver: object, confirmed: Booking, *, data: object, actor: str) -> Booking:
    return confirmed


def make_app() -> FastAPI:
    """Returns the application; uvicorn calls this in each of its processes."""
    settings = load_settings()
    configure_logging(settings.log_level, "ticket")
    if os.environ["BENCH_SCOPE"] == "hold":
        patch.object(confirm_hold, "store_confirmation", _confirmed).start()
    return create_app(settings, gateways=Gateways(InstantOrganizers(), InstantPayments()))


if __name__ == "__main__":
    # The same options as in ticketing.main.
    uvicorn.run(
        "bench.hold_app:make_app",
        factory=True,
        host=os.environ["HOST"],
        port=int(os.environ["PORT"]),
        workers=int(os.environ["BENCH_PROCESSES"]),
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        backlog=2048,
    )
