"""An invoice has its history in its own row, and so has a delivery whose first attempt succeeds that attempt."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOVE_ATTEMPTS = """
INSERT INTO webhook_attempts (delivery_id, number, at, status_code, latency_ms)
SELECT id, 1, first_attempt_at, first_status_code, first_latency_ms
FROM webhook_deliveries WHERE first_attempt_at IS NOT NULL
"""
AUDIT_HISTORY = """
INSERT INTO audit_entries (at, invoice_number, actor, action, from_status, to_status, detail, request_id)
SELECT (entry->>'at')::timestamptz, number, entry->>'actor', entry->>'action', entry->>'from_status',
    entry->>'to_status', entry->'detail', entry->>'request_id'
FROM invoices, jsonb_array_elements(history) WITH ORDINALITY AS entries (entry, place) ORDER BY number, place
"""
HISTORY = "every change: at, actor, action, from_status, to_status, detail, request_id"


FINISHED = "of earlier releases; now the row is deleted"


def upgrade() -> None:
    for table in ("payment_attempts", "refunds"):
        op.alter_column(table, "finished_at", comment=FINISHED, existing_comment=None)
    op.add_column(
        "invoices",
        sa.Column("history", JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False, comment=HISTORY),
    )
    op.add_column(
        "webhook_deliveries",
        sa.Column(
            "first_attempt_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="of a first attempt that succeeded",
        ),
    )
    op.add_column("webhook_deliveries", sa.Column("first_status_code", sa.Integer(), nullable=True))
    op.add_column("webhook_deliveries", sa.Column("first_latency_ms", sa.Integer(), nullable=True))


def downgrade() -> None:
    for table in ("payment_attempts", "refunds"):
        op.alter_column(table, "finished_at", comment=None, existing_comment=FINISHED)
    op.execute(MOVE_ATTEMPTS)
    op.execute(AUDIT_HISTORY)
    op.drop_column("invoices", "history")
    for column in ("first_latency_ms", "first_status_code", "first_attempt_at"):
        op.drop_column("webhook_deliveries", column)
