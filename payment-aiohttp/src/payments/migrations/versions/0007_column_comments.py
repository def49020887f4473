"""Comments say what columns mean that their names do not explain."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

COMMENTS = {
    "invoices.number": "shown to the buyer, such as INV-20261123-7K3QX9ABCD",
    "invoices.reference": "the caller's id of what is paid for",
    "invoices.token": "secret part of the payment page's address; null if the invoice was voided before it was made",
    "invoices.version": "grows with every change",
    "invoices.amount": "minor units of the currency",
    "invoices.currency": "ISO 4217",
    "invoices.customer": "id, name and email of the buyer as the caller gave them",
    "invoices.return_url": "where the payment page's link back leads",
    "invoices.expires_at": "from then on it cannot be paid",
    "invoices.refund_requested_at": "when the caller asked for the refund; null if it has not",
    "audit_entries.actor": "what caused the change: the name of a service key, buyer, gateway",
    "webhook_config.id": "always 1: there is one receiver",
    "webhook_config.disabled_at": "null while sending is enabled",
    "webhook_deliveries.next_attempt_at": "while PENDING",
    "webhook_attempts.latency_ms": "until the answer, or until the attempt was given up",
    "webhook_attempts.error": "null if the receiver answered",
    "simulation.latency_ms": "how long each attempt takes longer",
    "simulation.next_outcomes": "of the next attempts, before chance decides",
    "simulation.draws": "how many outcomes chance has decided since the seed was set",
    "postponed_work.kind": "the kind of work that failed",
    "postponed_work.failures": "in a row",
    "postponed_work.not_before": "when a worker tries it again",
    "idempotency_keys.caller": "the name of the service key",
    "idempotency_keys.request_hash": "hash of the request's body, to recognise a repeat",
    "idempotency_keys.body": "the first answer, which repeats get again",
}


def upgrade() -> None:
    for name, comment in COMMENTS.items():
        op.alter_column(*name.split("."), comment=comment, existing_comment=None)


def downgrade() -> None:
    for name, comment in COMMENTS.items():
        op.alter_column(*name.split("."), comment=None, existing_comment=comment)
