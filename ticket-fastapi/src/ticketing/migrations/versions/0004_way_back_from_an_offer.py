"""A waitlist entry knows where the payment page of its offer leads back to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("waitlist_entries", sa.Column("return_url", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("waitlist_entries", "return_url")
