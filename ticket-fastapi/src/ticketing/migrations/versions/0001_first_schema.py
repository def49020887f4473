"""The first schema: our tables, and PgQueuer's as its release 1.6 declares them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from servicekit.db.pgqueuer_tables import create_pgqueuer_tables, drop_pgqueuer_tables
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_pgqueuer_tables(op.get_bind())
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False, comment="booking, seat, waitlist_entry, event"),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=True, comment="the booking in whose story this belongs, if any"),
        sa.Column(
            "actor",
            sa.Text(),
            nullable=False,
            comment="who or what caused it: a service key's name, sweeper, payment-webhook, …",
        ),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("from_status", sa.Text(), nullable=True),
        sa.Column("to_status", sa.Text(), nullable=True),
        sa.Column(
            "detail", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index("ix_audit_entries_booking", "audit_entries", ["booking_id", "id"], unique=False)
    op.create_index("ix_audit_entries_subject", "audit_entries", ["subject_id", "id"], unique=False)
    op.create_table(
        "idempotency_keys",
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.Text(), nullable=False),
        sa.Column("status_code", sa.Integer(), nullable=True, comment="null while the first request runs"),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("caller", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(op.f("ix_idempotency_keys_created_at"), "idempotency_keys", ["created_at"], unique=False)
    op.create_table(
        "organizers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "base_url",
            sa.Text(),
            nullable=False,
            comment="the organizer's own system; holds are asked at {base_url}/holds",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organizers")),
        sa.UniqueConstraint("slug", name=op.f("uq_organizers_slug")),
    )
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.Uuid(), nullable=False, comment="sent as webhook-id, the same at every attempt"),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("subject_version", sa.Integer(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), server_default="PENDING", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('PENDING', 'DELIVERED', 'DEAD')", name=op.f("ck_webhook_deliveries_state_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
    )
    op.create_index(
        "ix_webhook_deliveries_due",
        "webhook_deliveries",
        ["next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("state = 'PENDING'"),
    )
    op.create_index(op.f("ix_webhook_deliveries_subject_id"), "webhook_deliveries", ["subject_id"], unique=False)
    op.create_table(
        "webhook_inbox",
        sa.Column("webhook_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_version", sa.Integer(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False, comment="applied, ignored"),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("webhook_id", name=op.f("pk_webhook_inbox")),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organizer_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("venue", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sales_open_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sales_close_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column(
            "cancelled_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="set by staff; every booking is then cancelled by a job",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_events_currency_is_iso_4217")),
        sa.CheckConstraint("sales_open_at < sales_close_at", name=op.f("ck_events_sale_opens_before_it_closes")),
        sa.ForeignKeyConstraint(["organizer_id"], ["organizers.id"], name=op.f("fk_events_organizer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index(op.f("ix_events_organizer_id"), "events", ["organizer_id"], unique=False)
    op.create_index(op.f("ix_events_starts_at"), "events", ["starts_at"], unique=False)
    op.create_table(
        "webhook_attempts",
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("status_code", sa.Integer(), nullable=True),
        sa.Column("latency_ms", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["webhook_deliveries.id"], name=op.f("fk_webhook_attempts_delivery_id")
        ),
        sa.PrimaryKeyConstraint("delivery_id", "number", name=op.f("pk_webhook_attempts")),
    )
    op.create_table(
        "bookings",
        sa.Column("id", sa.Uuid(), nullable=False, comment="also the organizer's hold id and the invoice's reference"),
        sa.Column(
            "version",
            sa.Integer(),
            server_default="1",
            nullable=False,
            comment="grows with every change that others are told of",
        ),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("customer_name", sa.Text(), nullable=False),
        sa.Column("customer_email", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("waitlist_entry_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("failure_reason", sa.Text(), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("return_url", sa.Text(), nullable=True),
        sa.Column("request_hash", sa.Text(), nullable=True, comment="of the body that made it, for idempotent repeats"),
        sa.Column("invoice_number", sa.Text(), nullable=True),
        sa.Column("payment_url", sa.Text(), nullable=True),
        sa.Column("hold_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "declines",
            sa.Integer(),
            server_default="0",
            nullable=False,
            comment="by the organizer, of a promotion from the queue",
        ),
        sa.Column(
            "next_step_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when the sweeper looks at it next; null once nothing is left to do",
        ),
        sa.Column(
            "released_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="organizer and payment have confirmed; the seats were handed on",
        ),
        sa.Column("refund_status", sa.Text(), nullable=True),
        sa.Column("document_kind", sa.Text(), nullable=True),
        sa.Column("document_key", sa.Text(), nullable=True),
        sa.Column("document_sha256", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(status = 'CANCELLED') = (cancel_reason IS NOT NULL)", name=op.f("ck_bookings_cancelled_says_why")
        ),
        sa.CheckConstraint(
            "(status = 'FAILED') = (failure_reason IS NOT NULL)", name=op.f("ck_bookings_failed_says_why")
        ),
        sa.CheckConstraint("origin IN ('DIRECT', 'WAITLIST')", name=op.f("ck_bookings_origin_known")),
        sa.CheckConstraint("refund_status IN ('PENDING', 'REFUNDED')", name=op.f("ck_bookings_refund_status_known")),
        sa.CheckConstraint(
            "status <> 'AWAITING_PAYMENT' OR hold_expires_at IS NOT NULL",
            name=op.f("ck_bookings_waiting_has_a_deadline"),
        ),
        sa.CheckConstraint(
            "status IN ('HOLDING', 'AWAITING_PAYMENT', 'BOOKED', 'FAILED', 'EXPIRED', 'CANCELLED')",
            name=op.f("ck_bookings_status_known"),
        ),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_bookings_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookings")),
    )
    op.create_index("ix_bookings_customer", "bookings", ["customer_id", "created_at"], unique=False)
    op.create_index("ix_bookings_event", "bookings", ["event_id", "created_at"], unique=False)
    op.create_index(
        "ix_bookings_next_step",
        "bookings",
        ["next_step_at"],
        unique=False,
        postgresql_where=sa.text("next_step_at IS NOT NULL"),
    )
    op.create_table(
        "event_operations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="CANCEL_EVENT"),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="RUNNING", nullable=False),
        sa.Column("total", sa.Integer(), server_default="0", nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('RUNNING', 'DONE')", name=op.f("ck_event_operations_state_known")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_event_operations_event_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_operations")),
    )
    op.create_index(op.f("ix_event_operations_event_id"), "event_operations", ["event_id"], unique=False)
    op.create_table(
        "seats",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("row", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False, comment="minor units of the event's currency"),
        sa.Column("status", sa.Text(), server_default="OPEN", nullable=False),
        sa.Column(
            "booking_id",
            sa.Uuid(),
            nullable=True,
            comment="the booking that has the seat; every change names the one it believes in",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(status = 'OPEN') = (booking_id IS NULL)", name=op.f("ck_seats_seat_names_its_booking")),
        sa.CheckConstraint("status IN ('OPEN', 'ON_GOING', 'BOOKED')", name=op.f("ck_seats_status_known")),
        sa.CheckConstraint("price >= 0", name=op.f("ck_seats_price_not_negative")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_seats_event_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seats")),
        sa.UniqueConstraint("event_id", "section", "row", "number", name=op.f("uq_seats_event_id_section_row_number")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_table(
        "booking_seats",
        sa.Column("booking_id", sa.Uuid(), nullable=False),
        sa.Column("seat_id", sa.Uuid(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("row", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False, comment="as sold, whatever the seat's price becomes later"),
        sa.Column(
            "live",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="false once the seat was handed on",
        ),
        sa.ForeignKeyConstraint(["booking_id"], ["bookings.id"], name=op.f("fk_booking_seats_booking_id")),
        sa.PrimaryKeyConstraint("booking_id", "seat_id", name=op.f("pk_booking_seats")),
    )
    op.create_index(
        "one_live_booking_per_seat", "booking_seats", ["seat_id"], unique=True, postgresql_where=sa.text("live")
    )
    op.create_table(
        "waitlist_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("seat_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("customer_name", sa.Text(), nullable=False),
        sa.Column("customer_email", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="WAITING", nullable=False),
        sa.Column("booking_id", sa.Uuid(), nullable=True, comment="the booking that the seat passed to"),
        sa.Column("offer_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "status <> 'OFFERED' OR booking_id IS NOT NULL", name=op.f("ck_waitlist_entries_offer_names_its_booking")
        ),
        sa.CheckConstraint(
            "status IN ('WAITING', 'OFFERED', 'FULFILLED', 'LAPSED', 'LEFT')",
            name=op.f("ck_waitlist_entries_status_known"),
        ),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_waitlist_entries_event_id")),
        sa.ForeignKeyConstraint(["seat_id"], ["seats.id"], name=op.f("fk_waitlist_entries_seat_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waitlist_entries")),
    )
    op.create_index("ix_waitlist_entries_customer", "waitlist_entries", ["customer_id", "joined_at"], unique=False)
    op.create_index(op.f("ix_waitlist_entries_event_id"), "waitlist_entries", ["event_id"], unique=False)
    op.create_index(
        "ix_waitlist_entries_line",
        "waitlist_entries",
        ["seat_id", "joined_at", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'WAITING'"),
    )
    op.create_index(
        "one_live_entry_per_buyer_and_seat",
        "waitlist_entries",
        ["seat_id", "customer_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('WAITING', 'OFFERED')"),
    )
    op.create_index(
        "one_offer_per_seat",
        "waitlist_entries",
        ["seat_id"],
        unique=True,
        postgresql_where=sa.text("status = 'OFFERED'"),
    )


def downgrade() -> None:
    op.drop_table("waitlist_entries")
    op.drop_table("booking_seats")
    op.drop_table("seats")
    op.drop_table("event_operations")
    op.drop_table("bookings")
    op.drop_table("webhook_attempts")
    op.drop_table("events")
    op.drop_table("webhook_inbox")
    op.drop_table("webhook_deliveries")
    op.drop_table("organizers")
    op.drop_table("idempotency_keys")
    op.drop_table("audit_entries")
    drop_pgqueuer_tables(op.get_bind())
