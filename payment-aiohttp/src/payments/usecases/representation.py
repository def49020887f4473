"""The invoice as other services see it, the same in answers and in webhooks (contracts/README.md, Invoice)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from payments.domain.invoice import Invoice
from payments.settings import Settings


def invoice_representation(settings: Settings, invoice: Invoice) -> dict[str, Any]:
    """Returns every field of the invoice except its token, which only the payment URL contains, and its time zone."""
    shown = asdict(invoice)
    token = shown.pop("token")
    del shown["time_zone"]
    return {**shown, "payment_url": f"{settings.public_url}/pay/{token}" if token else None}
