"""Booking ids that are given up: a request under such an id that arrives late finds no seats to take.

A trigger refuses the booking, since the previous release takes seats too, without knowing of abandoned ids.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "abandoned_bookings",
        sa.Column("id", sa.Uuid(), nullable=False, comment="an id under which no booking may be made any more"),
        sa.Column("abandoned_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_abandoned_bookings")),
    )
    op.create_index(
        "ix_abandoned_bookings_age", "abandoned_bookings", ["abandoned_at"], postgresql_using="brin"
    )
    op.get_bind().exec_driver_sql(Path(__file__).with_name("0017_triggers.sql").read_text())


def downgrade() -> None:
    op.execute("DROP TRIGGER refuse_abandoned ON bookings")
    op.execute("DROP FUNCTION refuse_abandoned_booking")
    op.drop_table("abandoned_bookings")
