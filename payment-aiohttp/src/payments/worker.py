"""`python -m payments.worker`: background jobs and periodic sweeps, until SIGTERM or SIGINT. Any number may run.

A database that cannot be reached at the start ends it with one sentence.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from uuid import UUID

from servicekit.db.outbox import DELIVERY_JOB
from servicekit.rounds import Sweep, run_until_told_to_stop
from servicekit.worker import Handler, Payload

from payments.services import Services, open_services
from payments.starting import start
from payments.usecases.deliver_webhook import deliver
from payments.usecases.keep_house import keep_house
from payments.usecases.pay_invoice import PAYMENT_JOB
from payments.usecases.refund_invoice import REFUND_JOB, make_refund
from payments.usecases.settle_payment import settle_payment
from payments.usecases.sweep import sweep_deliveries, sweep_payments, sweep_refunds
from servicekit import worker


async def _deliver(services: Services, payload: Payload) -> None:
    await deliver(services, UUID(payload["delivery_id"]))


async def _settle(services: Services, payload: Payload) -> None:
    await settle_payment(services, payload["invoice_number"])


async def _refund(services: Services, payload: Payload) -> None:
    await make_refund(services, payload["invoice_number"])


JOB_HANDLERS: dict[str, Handler[Services]] = {DELIVERY_JOB: _deliver, PAYMENT_JOB: _settle, REFUND_JOB: _refund}

SWEEPS: tuple[Sweep[Services], ...] = (
    Sweep("payments", lambda settings: settings.sweep_seconds, sweep_payments),
    Sweep("refunds", lambda settings: settings.sweep_seconds, sweep_refunds),
    Sweep("deliveries", lambda settings: settings.sweep_seconds, sweep_deliveries),
    Sweep("housekeeping", lambda _: 3600, keep_house),
)


async def run_worker(
    services: Services,
    stop: asyncio.Event,
    *,
    handlers: Mapping[str, Handler[Services]] = JOB_HANDLERS,
    sweeps: tuple[Sweep[Services], ...] = SWEEPS,
) -> None:
    """Work until `stop`; jobs that run are finished first. Raises if the database cannot be reached at the start."""
    await worker.run_worker(services, stop, application_name="payment-queue", handlers=handlers, sweeps=sweeps)


def main() -> None:
    """Work until told to stop."""
    settings = start("payment-worker")

    async def work(stop: asyncio.Event) -> None:
        async with open_services(settings, "payment-worker") as services:
            await run_worker(services, stop)

    run_until_told_to_stop(work)


if __name__ == "__main__":
    main()
