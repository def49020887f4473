"""A redelivery begins a round of attempts of its own; a delivery that is not PENDING has no next attempt.

The column stays without a check on the state, so that the release before this one can go on while it is replaced.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "webhook_deliveries",
        sa.Column(
            "round_began_after",
            sa.Integer(),
            server_default="0",
            nullable=False,
            comment="attempts of earlier rounds",
        ),
    )
    op.alter_column("webhook_deliveries", "next_attempt_at", nullable=True, comment="while PENDING")


def downgrade() -> None:
    op.execute("UPDATE webhook_deliveries SET next_attempt_at = created_at WHERE next_attempt_at IS NULL")
    op.alter_column("webhook_deliveries", "next_attempt_at", nullable=False, comment=None, existing_comment="while PENDING")
    op.drop_column("webhook_deliveries", "round_began_after")
