"""An invoice may name the time zone in which its page shows the deadline."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "invoices",
        sa.Column("time_zone", sa.Text(), nullable=True, comment="IANA name; the page shows the deadline in it"),
    )


def downgrade() -> None:
    op.drop_column("invoices", "time_zone")
