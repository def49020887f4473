"""What the worker does, one lane for each kind of work (DESIGN section 12)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

from servicekit.lanes import AnyLane, Lane, Work
from sqlalchemy.ext.asyncio import AsyncConnection

from payments.db import work
from payments.db.postponed_work import forget_postponed, postpone
from payments.db.work import InvoiceWork
from payments.services import Services
from payments.usecases.deliver_webhook import claim_deliveries, deliver
from payments.usecases.refund_invoice import make_refund
from payments.usecases.settle_payment import settle_payment

LEASE = timedelta(seconds=30)
"""Longer than the one transaction can take that settles a payment or makes a refund."""
AT_ONCE = 8
DELIVERIES_AT_ONCE = 40
"""They mostly wait, for a receiver that may be slow."""


def _of_invoices(kind: str, rows: InvoiceWork, do: Callable[[Services, str], Awaitable[None]]) -> AnyLane[Services]:
    async def claim(_: Services, connection: AsyncConnection, limit: int) -> list[Work[str]]:
        return await rows.claim(connection, lease=LEASE, limit=limit)

    return Lane(kind, AT_ONCE, rows.seconds_to_next(), claim, do, _put_off(kind), _recover(kind))


def _put_off(kind: str) -> Callable[[Services, str, BaseException], Awaitable[None]]:
    async def put_off(services: Services, item: str, error: BaseException) -> None:
        async with services.engine.begin() as connection:
            await postpone(connection, kind, item, repr(error))

    return put_off


def _recover(kind: str) -> Callable[[Services, str], Awaitable[None]]:
    async def recover(services: Services, item: str) -> None:
        async with services.engine.begin() as connection:
            await forget_postponed(connection, kind, item)

    return recover


PAYMENTS = _of_invoices("payment", work.ATTEMPTS, settle_payment)
REFUNDS = _of_invoices("refund", work.REFUNDS, make_refund)
DELIVERIES: AnyLane[Services] = Lane(
    work.DELIVERIES.kind,
    DELIVERIES_AT_ONCE,
    work.DELIVERIES.seconds_to_next(),
    claim_deliveries,
    deliver,
    _put_off(work.DELIVERIES.kind),
    _recover(work.DELIVERIES.kind),
)
LANES = (PAYMENTS, REFUNDS, DELIVERIES)
