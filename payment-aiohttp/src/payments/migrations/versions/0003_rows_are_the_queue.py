"""The rows themselves are the queue of the worker: PgQueuer's tables leave, and refunds get rows of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from servicekit.db.pgqueuer_tables import create_pgqueuer_tables, drop_pgqueuer_tables

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

DUE = "when a worker takes it up, or its worker's lease is over"
UNFINISHED = sa.text("finished_at IS NULL")
OWED = sa.text("status = 'PAID' AND refund_requested_at IS NOT NULL")


def upgrade() -> None:
    op.alter_column("payment_attempts", "due_at", comment=DUE)
    op.add_column("payment_attempts", sa.Column("request_id", sa.Text(), nullable=True))
    op.add_column("payment_attempts", sa.Column("traceparent", sa.Text(), nullable=True))
    op.create_table(
        "refunds",
        sa.Column("invoice_number", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False, comment=DUE),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.Column(
            "requested_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["invoice_number"], ["invoices.number"], name=op.f("fk_refunds_invoice_number")),
        sa.PrimaryKeyConstraint("invoice_number", name=op.f("pk_refunds")),
    )
    op.create_index("ix_refunds_unfinished", "refunds", ["due_at"], unique=False, postgresql_where=UNFINISHED)
    op.execute(
        "INSERT INTO refunds (invoice_number, due_at, finished_at, requested_at)"
        " SELECT number, refund_requested_at, refunded_at, refund_requested_at FROM invoices"
        " WHERE refund_requested_at IS NOT NULL"
    )
    op.drop_index("ix_invoices_refund_owed", table_name="invoices", postgresql_where=OWED)
    drop_pgqueuer_tables(op.get_bind())


def downgrade() -> None:
    create_pgqueuer_tables(op.get_bind())
    op.create_index(
        "ix_invoices_refund_owed", "invoices", ["refund_requested_at"], unique=False, postgresql_where=OWED
    )
    op.drop_table("refunds")
    op.drop_column("payment_attempts", "traceparent")
    op.drop_column("payment_attempts", "request_id")
    op.alter_column("payment_attempts", "due_at", comment=None, existing_comment=DUE)
