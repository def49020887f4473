"""Bookings remember the newest version of their invoice; operations on events, when they go on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "bookings",
        sa.Column(
            "invoice_version",
            sa.Integer(),
            server_default="0",
            nullable=False,
            comment="newest heard of; older ones are ignored",
        ),
    )
    op.add_column(
        "event_operations",
        sa.Column(
            "next_step_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=True,
            comment="when a worker goes on; null once done",
        ),
    )


def downgrade() -> None:
    op.drop_column("event_operations", "next_step_at")
    op.drop_column("bookings", "invoice_version")
