"""A booking leaves fewer rows.

A delivery whose first attempt succeeds has that attempt in its own row; the audit of a booking's step says what the
step did with the booking's seats.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

SEAT_ACTION = "what the same step did with all seats of the booking: TAKE, SELL"

MOVE_ATTEMPTS = """
INSERT INTO webhook_attempts (delivery_id, number, at, status_code, latency_ms)
SELECT id, 1, first_attempt_at, first_status_code, first_latency_ms
FROM webhook_deliveries WHERE first_attempt_at IS NOT NULL
"""

AUDIT_SEATS = """
INSERT INTO audit_entries (at, subject_type, subject_id, booking_id, actor, action, from_status, to_status, request_id)
SELECT entry.at, 'seat', booking_seats.seat_id, entry.booking_id, entry.actor, entry.seat_action,
    CASE entry.seat_action WHEN 'TAKE' THEN 'OPEN' ELSE 'ON_GOING' END,
    CASE entry.seat_action WHEN 'TAKE' THEN 'ON_GOING' ELSE 'BOOKED' END, entry.request_id
FROM audit_entries AS entry JOIN booking_seats ON booking_seats.booking_id = entry.booking_id
WHERE entry.seat_action IS NOT NULL ORDER BY entry.id
"""


def upgrade() -> None:
    op.add_column(
        "webhook_deliveries",
        sa.Column(
            "first_attempt_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="of a first attempt that succeeded",
        ),
    )
    op.add_column("webhook_deliveries", sa.Column("first_status_code", sa.Integer(), nullable=True))
    op.add_column("webhook_deliveries", sa.Column("first_latency_ms", sa.Integer(), nullable=True))
    op.add_column("audit_entries", sa.Column("seat_action", sa.Text(), nullable=True, comment=SEAT_ACTION))


def downgrade() -> None:
    op.execute(MOVE_ATTEMPTS)
    op.execute(AUDIT_SEATS)
    op.drop_column("audit_entries", "seat_action")
    for column in ("first_latency_ms", "first_status_code", "first_attempt_at"):
        op.drop_column("webhook_deliveries", column)
