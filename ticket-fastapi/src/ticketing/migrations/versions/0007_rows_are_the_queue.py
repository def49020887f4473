"""The rows themselves are the queue of the worker: PgQueuer's tables leave, and freed places in line get a due time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from servicekit.db.pgqueuer_tables import create_pgqueuer_tables, drop_pgqueuer_tables

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

COMMENTS = (
    (
        "events",
        "cancelled_at",
        "set by staff; every booking is then cancelled by a job",
        "set by staff; every booking is then cancelled by a worker",
    ),
    (
        "bookings",
        "next_step_at",
        "when the sweeper looks at it next; null once nothing is left to do",
        "when a worker looks at it next; null once nothing is left to do",
    ),
)
NEXT_STEP = """CASE
    WHEN status = 'HOLDING'::text AND origin = 'WAITLIST'::text THEN 'promote_next'::text
    WHEN status = 'HOLDING'::text THEN 'resolve_hold'::text
    WHEN status = 'AWAITING_PAYMENT'::text THEN 'settle_payment'::text
    WHEN status <> 'BOOKED'::text AND released_at IS NULL THEN 'release_seats'::text
    WHEN status = 'BOOKED'::text AND document_kind IS DISTINCT FROM 'CONFIRMATION'::text THEN 'issue_document'::text
    WHEN status <> 'BOOKED'::text AND document_kind IS DISTINCT FROM 'NOTICE'::text THEN 'issue_document'::text
    ELSE 'refund_payment'::text
END"""
UNFINISHED = sa.text("next_step_at IS NOT NULL")
DUE = "once it has left the line: when those behind it are told; null when done"
WAITING_JOBS = (
    "UPDATE waitlist_entries SET positions_due_at = now() FROM pgqueuer WHERE entrypoint = 'waitlist.positions'"
    " AND waitlist_entries.id = (convert_from(payload, 'UTF8')::jsonb ->> 'entry_id')::uuid"
)
ONE_NOTICE_AT_A_TIME = """
CREATE OR REPLACE TRIGGER tg_pgqueuer_changed
AFTER INSERT OR DELETE OR TRUNCATE ON pgqueuer
WHEN (pg_try_advisory_xact_lock(hashtextextended('ch_pgqueuer', 0)))
EXECUTE FUNCTION fn_pgqueuer_changed()
"""


def upgrade() -> None:
    for table, column, before, after in COMMENTS:
        op.alter_column(table, column, comment=after, existing_comment=before)
    op.add_column("bookings", sa.Column("next_step", sa.Text(), sa.Computed(NEXT_STEP, persisted=True)))
    op.create_index(
        "ix_bookings_due", "bookings", ["next_step", "next_step_at"], unique=False, postgresql_where=UNFINISHED
    )
    op.drop_index("ix_bookings_next_step", table_name="bookings", postgresql_where=UNFINISHED)
    op.add_column("waitlist_entries", sa.Column("positions_due_at", sa.DateTime(timezone=True), comment=DUE))
    op.create_index(
        "ix_waitlist_entries_positions_due",
        "waitlist_entries",
        ["positions_due_at"],
        unique=False,
        postgresql_where=sa.text("positions_due_at IS NOT NULL"),
    )
    op.add_column("event_operations", sa.Column("request_id", sa.Text(), nullable=True))
    op.add_column("event_operations", sa.Column("traceparent", sa.Text(), nullable=True))
    # All other jobs have a row that says when it is due.
    op.execute(WAITING_JOBS)
    drop_pgqueuer_tables(op.get_bind())


def downgrade() -> None:
    create_pgqueuer_tables(op.get_bind())
    op.execute(ONE_NOTICE_AT_A_TIME)
    op.drop_column("event_operations", "traceparent")
    op.drop_column("event_operations", "request_id")
    op.drop_index(
        "ix_waitlist_entries_positions_due",
        table_name="waitlist_entries",
        postgresql_where=sa.text("positions_due_at IS NOT NULL"),
    )
    op.drop_column("waitlist_entries", "positions_due_at")
    op.create_index(
        "ix_bookings_next_step", "bookings", ["next_step_at"], unique=False, postgresql_where=UNFINISHED
    )
    op.drop_index("ix_bookings_due", table_name="bookings", postgresql_where=UNFINISHED)
    op.drop_column("bookings", "next_step")
    for table, column, before, after in COMMENTS:
        op.alter_column(table, column, comment=before, existing_comment=after)
