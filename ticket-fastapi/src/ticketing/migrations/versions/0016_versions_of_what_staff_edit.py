"""Events, seats and organizers have a version, so that a form saved from an old page overwrites nobody's change."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLES = ("organizers", "events", "seats")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(
            table,
            sa.Column(
                "version", sa.Integer, nullable=False, server_default="1", comment="grows with every change by staff"
            ),
        )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_column(table, "version")
