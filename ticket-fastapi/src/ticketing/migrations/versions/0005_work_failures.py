"""Items of background work that failed are counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "work_failures",
        sa.Column("loop", sa.Text(), nullable=False, comment="domain/work.py"),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False, comment="the newest that failed"),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("loop", name="pk_work_failures"),
    )


def downgrade() -> None:
    op.drop_table("work_failures")
