"""A webhook of payment has its effect once: inbox row and effect are one transaction (DESIGN section 5, Receiving)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from servicekit.crash_points import crash_point

from ticketing.db.webhooks import inbox
from ticketing.domain.booking_errors import SubjectUnknownError
from ticketing.integrations.gateways import Invoice
from ticketing.services import Services
from ticketing.usecases.payment.apply_payment import Effect, apply_payment

ACTOR = "payment-webhook"


@dataclass(frozen=True, slots=True)
class InvoiceEvent:
    """A verified webhook; `webhook_id` is the same at every attempt to deliver it."""

    webhook_id: str
    type: str
    invoice: Invoice


async def receive_webhook(services: Services, news: InvoiceEvent) -> Literal["applied", "ignored", "duplicate"]:
    """What became of it.

    SubjectUnknownError when the booking is not known or still HOLDING: then nothing is stored, so that it may come
    again.
    """
    crash_point("payment.received")
    async with services.transaction() as connection:
        is_new = await inbox.remember(
            connection, news.webhook_id, news.type, str(news.invoice.reference), news.invoice.version
        )
        if not is_new:
            return "duplicate"
        effect = await apply_payment(connection, news.invoice, actor=ACTOR)
        if effect is Effect.TOO_EARLY:
            raise SubjectUnknownError("The booking is not ready for this.", booking_id=news.invoice.reference)
        await inbox.set_effect(connection, news.webhook_id, effect)
    crash_point("payment.applied")
    return "applied" if effect is Effect.APPLIED else "ignored"
