"""Deliveries that one action causes for many, or that nobody waits for, are claimed apart from the others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

PENDING = sa.text("state = 'PENDING'")
COMMENT = "one of many, or not urgent: claimed apart, so that others do not wait for it"


def upgrade() -> None:
    op.add_column(
        "webhook_deliveries",
        sa.Column("bulk", sa.Boolean(), server_default=sa.text("false"), nullable=False, comment=COMMENT),
    )
    op.execute("UPDATE webhook_deliveries SET bulk = true WHERE state = 'PENDING' AND type = 'waitlist.updated'")
    op.drop_index("ix_webhook_deliveries_due", table_name="webhook_deliveries", postgresql_where=PENDING)
    op.create_index(
        "ix_webhook_deliveries_due", "webhook_deliveries", ["bulk", "next_attempt_at"], postgresql_where=PENDING
    )


def downgrade() -> None:
    op.drop_index("ix_webhook_deliveries_due", table_name="webhook_deliveries", postgresql_where=PENDING)
    op.create_index(
        "ix_webhook_deliveries_due", "webhook_deliveries", ["next_attempt_at"], postgresql_where=PENDING
    )
    op.drop_column("webhook_deliveries", "bulk")
