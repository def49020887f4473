"""Payment's database."""

from __future__ import annotations

from tests.support.reading.database import one_look
from tests.support.snapshot import Delivery, Invoice, Snapshot

INVOICES = """
SELECT number, reference, version, status, amount, currency, expires_at, refund_requested_at, updated_at FROM invoices
"""
DELIVERIES = """
SELECT d.id, d.type, i.reference AS subject_id, i.version AS subject_version, d.state, d.next_attempt_at
FROM webhook_deliveries d JOIN invoices i ON i.number = d.invoice_number
"""


def read_into(snapshot: Snapshot, url: str) -> None:
    """Fills payment's part."""
    with one_look(url) as query:
        snapshot.invoices = {row["reference"]: Invoice(**row) for row in query(INVOICES)}
        snapshot.payment_deliveries = [Delivery(**row) for row in query(DELIVERIES)]
