"""Applies a webhook event of payment once: inbox row and effect are one transaction (docs/booking.md, Webhooks)."""

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
    """A webhook event whose signature is verified; `webhook_id` is the same for every attempt to deliver it."""

    webhook_id: str
    type: str
    invoice: Invoice


async def receive_webhook(services: Services, event: InvoiceEvent) -> Literal["applied", "ignored", "duplicate"]:
    """Applies the event and returns its effect.

    Raises SubjectUnknownError if the booking does not exist or is still HOLDING; then nothing is stored, so that the
    event can be delivered again.
    """
    crash_point("payment.received")
    async with services.transaction() as connection:
        is_new = await inbox.remember(
            connection, event.webhook_id, event.type, str(event.invoice.reference), event.invoice.version
        )
        if not is_new:
            return "duplicate"
        effect = await apply_payment(connection, event.invoice, actor=ACTOR)
        if effect is Effect.TOO_EARLY:
            raise SubjectUnknownError(
                "The booking does not exist or is still HOLDING; deliver the event again.",
                booking_id=event.invoice.reference,
            )
        if effect is Effect.IGNORED:
            await inbox.mark_ignored(connection, event.webhook_id)
    crash_point("payment.applied")
    return "applied" if effect is Effect.APPLIED else "ignored"
