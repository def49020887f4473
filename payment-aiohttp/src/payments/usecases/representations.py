"""The invoice as other services see it (contracts/README.md, Invoice): alike in answers and in webhooks."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from payments.domain.invoice import Invoice
from payments.settings import Settings


def invoice_representation(settings: Settings, invoice: Invoice) -> dict[str, Any]:
    """All of the invoice but its token, which only the payment URL shows, and its zone, which is for the page alone."""
    shown = asdict(invoice)
    token = shown.pop("token")
    del shown["time_zone"]
    return {**shown, "payment_url": f"{settings.public_url}/pay/{token}" if token else None}
