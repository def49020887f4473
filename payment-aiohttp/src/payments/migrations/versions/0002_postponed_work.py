"""Work that could not be done is put off, so that it does not keep the sweeps from other work."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "postponed_work",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False, comment="an invoice's number or a delivery's id"),
        sa.Column("failures", sa.Integer(), server_default="1", nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "item", name=op.f("pk_postponed_work")),
    )


def downgrade() -> None:
    op.drop_table("postponed_work")
