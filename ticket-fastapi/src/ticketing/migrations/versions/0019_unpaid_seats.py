"""How many seats a buyer, or an address, may hold without paying for them is limited."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

ADDRESS = "keyed hash of the address that the buyer called from, made by the client service"
UNPAID = "status IN ('HOLDING', 'AWAITING_PAYMENT')"
ARGUMENTS = "uuid, uuid, text, integer, integer, integer"


def upgrade() -> None:
    op.add_column("bookings", sa.Column("buyer_address", sa.Text(), nullable=True, comment=ADDRESS))
    op.create_index(
        "ix_bookings_unpaid_of_buyer", "bookings", ["customer_id", "event_id"], postgresql_where=sa.text(UNPAID)
    )
    op.create_index(
        "ix_bookings_unpaid_of_address",
        "bookings",
        ["buyer_address"],
        postgresql_where=sa.text(f"buyer_address IS NOT NULL AND {UNPAID}"),
    )
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text())


def downgrade() -> None:
    op.execute(f"DROP FUNCTION may_take_unpaid_seats({ARGUMENTS})")
    op.drop_index("ix_bookings_unpaid_of_address", table_name="bookings")
    op.drop_index("ix_bookings_unpaid_of_buyer", table_name="bookings")
    op.drop_column("bookings", "buyer_address")
