"""The worker's lanes, one for each kind of work (docs/architecture.md, Work)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from servicekit.db.due_rows import Places
from servicekit.lanes import AnyLane, Lane, Left, Work
from sqlalchemy.ext.asyncio import AsyncConnection

from payments.db import work
from payments.db.postponed_work import delete_postponed, postpone
from payments.db.work import InvoiceWork
from payments.services import Services
from payments.usecases.deliver_webhook import claim_deliveries, deliver, deliver_together
from payments.usecases.refund_invoice import make_refund
from payments.usecases.settle_payment import settle_payment, settle_payments

LEASE = timedelta(seconds=30)
"""Longer than the transaction that settles a payment or makes a refund can take."""
AT_ONCE = 8
PAYMENTS_AT_ONCE = 40
"""Those that are due together are settled in one transaction."""
DELIVERIES_AT_ONCE = 40
"""More than for the other lanes, since a delivery mostly waits for the receiver, which may be slow."""


def _invoice_lane(
    kind: str,
    rows: InvoiceWork,
    do: Callable[[Services, str], Awaitable[None]],
    *,
    at_once: int = AT_ONCE,
    together: Callable[[Services, Sequence[str]], Awaitable[Sequence[Left | Exception]]] | None = None,
) -> AnyLane[Services]:
    async def claim(_: Services, connection: AsyncConnection, places: Places) -> list[Work[str]]:
        return await rows.claim(connection, lease=LEASE, limit=places.free)

    due, failed, recovered = rows.seconds_to_next(), _postpone(kind), _recover(kind)
    return Lane(kind, at_once, due, claim, do, failed, recovered, together=together)


def _postpone(kind: str) -> Callable[[Services, str, BaseException], Awaitable[None]]:
    async def postpone_item(services: Services, item: str, error: BaseException) -> None:
        async with services.engine.begin() as connection:
            await postpone(connection, kind, item, repr(error))

    return postpone_item


def _recover(kind: str) -> Callable[[Services, str], Awaitable[None]]:
    async def recover(services: Services, item: str) -> None:
        async with services.engine.begin() as connection:
            await delete_postponed(connection, kind, item)

    return recover


PAYMENT_LANE = _invoice_lane(
    "payment", work.DUE_ATTEMPTS, settle_payment, at_once=PAYMENTS_AT_ONCE, together=settle_payments
)
REFUND_LANE = _invoice_lane("refund", work.DUE_REFUNDS, make_refund)
DELIVERY_LANE: AnyLane[Services] = Lane(
    work.DUE_DELIVERIES.kind,
    DELIVERIES_AT_ONCE,
    work.DUE_DELIVERIES.seconds_to_next(),
    claim_deliveries,
    deliver,
    _postpone(work.DUE_DELIVERIES.kind),
    _recover(work.DUE_DELIVERIES.kind),
    together=deliver_together,
)
LANES = (PAYMENT_LANE, REFUND_LANE, DELIVERY_LANE)
