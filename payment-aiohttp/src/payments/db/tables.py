"""The tables, as SQLAlchemy Core metadata.

`payments.migrate --check` verifies that `migrations/` build exactly these tables. Constraints back the conditional
statements of the use cases: one invoice per reference, one attempt per invoice, one webhook event of each type per
invoice, and a token and a deadline for every invoice that is not VOID.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from servicekit.db.outbox import first_attempt_columns
from sqlalchemy.dialects.postgresql import JSONB

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _time(name: str, *, nullable: bool = True, now: bool = False, comment: str | None = None) -> sa.Column[object]:
    default = sa.text("clock_timestamp()") if now else None
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, server_default=default, comment=comment)


def _invoice() -> sa.Column[object]:
    return sa.Column("invoice_number", sa.Text, sa.ForeignKey("invoices.number"), nullable=False)


def _work() -> tuple[sa.Column[Any], ...]:
    """The columns of a row that a worker claims."""
    return (
        sa.Column(
            "due_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="when a worker takes it up, or its worker's lease is over",
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True), comment="of earlier releases; now the row is deleted"),
        # The request that caused the work.
        sa.Column("request_id", sa.Text),
        sa.Column("traceparent", sa.Text),
    )


invoices = sa.Table(
    "invoices",
    metadata,
    sa.Column("number", sa.Text, primary_key=True, comment="shown to the buyer, such as INV-20261123-7K3QX9ABCD"),
    # Unique: if a creation and a void race for one reference, one inserts the row and the other finds it.
    sa.Column("reference", sa.Uuid, nullable=False, unique=True, comment="the caller's id of what is paid for"),
    sa.Column(
        "token",
        sa.Text,
        unique=True,
        comment="secret part of the payment page's address; null if the invoice was voided before it was made",
    ),
    sa.Column("version", sa.Integer, nullable=False, server_default="1", comment="grows with every change"),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False, comment="minor units of the currency"),
    sa.Column("currency", sa.Text, nullable=False, comment="ISO 4217"),
    sa.Column("description", sa.Text, nullable=False, server_default=""),
    sa.Column("customer", JSONB(none_as_null=True), comment="id, name and email of the buyer as the caller gave them"),
    sa.Column("return_url", sa.Text, comment="where the payment page's link back leads"),
    sa.Column("time_zone", sa.Text, comment="IANA name; the page shows the deadline in it"),
    _time("expires_at", comment="from then on it cannot be paid"),
    sa.Column("failure_reason", sa.Text),
    _time("refund_requested_at", comment="when the caller asked for the refund; null if it has not"),
    _time("paid_at"),
    _time("failed_at"),
    _time("voided_at"),
    _time("refunded_at"),
    _time("created_at", nullable=False, now=True),
    _time("updated_at", nullable=False, now=True),
    sa.Column(
        "history",
        JSONB,
        nullable=False,
        server_default=sa.text("'[]'::jsonb"),
        comment="every change: at, actor, action, from_status, to_status, detail, request_id",
    ),
    sa.CheckConstraint("status IN ('PENDING', 'PROCESSING', 'PAID', 'FAILED', 'VOID', 'REFUNDED')", name="status"),
    sa.CheckConstraint("amount >= 0", name="amount"),
    sa.CheckConstraint("status = 'VOID' OR (token IS NOT NULL AND expires_at IS NOT NULL)", name="payable"),
    # Serves the list of invoices, newest first.
    sa.Index("ix_invoices_newest", "created_at", "number"),
    postgresql_with={"fillfactor": 70},  # migration 0008
)

payment_attempts = sa.Table(
    "payment_attempts",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    # Unique: an invoice has one attempt.
    sa.Column("invoice_number", sa.Text, sa.ForeignKey("invoices.number"), nullable=False, unique=True),
    sa.Column("outcome", sa.Text, nullable=False, comment="drawn once, when the attempt began"),
    *_work(),
    _time("started_at", nullable=False, now=True),
    sa.CheckConstraint("outcome IN ('ok', 'fail')", name="outcome"),
    # Serves the worker's query for attempts that are due.
    sa.Index("ix_payment_attempts_unfinished", "due_at", postgresql_where=sa.text("finished_at IS NULL")),
)

refunds = sa.Table(
    "refunds",
    metadata,
    sa.Column("invoice_number", sa.Text, sa.ForeignKey("invoices.number"), primary_key=True),
    *_work(),
    _time("requested_at", nullable=False, now=True),
    # Serves the worker's query for refunds that are due.
    sa.Index("ix_refunds_unfinished", "due_at", postgresql_where=sa.text("finished_at IS NULL")),
)

audit_entries = sa.Table(
    "audit_entries",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    _time("at", nullable=False, now=True),
    _invoice(),
    sa.Column(
        "actor", sa.Text, nullable=False, comment="what caused the change: the name of a service key, buyer, gateway"
    ),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("from_status", sa.Text),
    sa.Column("to_status", sa.Text, nullable=False),
    sa.Column("detail", JSONB, nullable=False, server_default=sa.text("'{}'::jsonb")),
    sa.Column("request_id", sa.Text, nullable=False),
    # Serves the timeline of an invoice.
    sa.Index("ix_audit_entries_invoice", "invoice_number", "id"),
    # Serves the cleanup. Rows lie in the order of their times, so that an index of ranges is enough.
    sa.Index("ix_audit_entries_age", "at", postgresql_using="brin"),
)

webhook_config = sa.Table(
    "webhook_config",
    metadata,
    sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False, comment="always 1: there is one receiver"),
    sa.Column("url", sa.Text, nullable=False),
    _time("disabled_at", comment="null while sending is enabled"),
    _time("updated_at", nullable=False, now=True),
    sa.CheckConstraint("id = 1", name="single"),
)

webhook_deliveries = sa.Table(
    "webhook_deliveries",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True, comment="the webhook-id"),
    _invoice(),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False, comment="the bytes that are signed and sent, the same every time"),
    sa.Column("state", sa.Text, nullable=False, server_default="PENDING"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column(
        "round_began_after", sa.Integer, nullable=False, server_default="0", comment="attempts of earlier rounds"
    ),
    _time("next_attempt_at", now=True, comment="while PENDING"),
    sa.Column(
        "held", sa.Boolean, nullable=False, server_default=sa.text("false"), comment="waits for sending to be enabled"
    ),
    _time("delivered_at"),
    sa.Column("request_id", sa.Text, nullable=False),
    sa.Column("traceparent", sa.Text, nullable=False),
    _time("created_at", nullable=False, now=True),
    *first_attempt_columns(),
    sa.CheckConstraint("state IN ('PENDING', 'DELIVERED', 'DEAD')", name="state"),
    sa.CheckConstraint("(state = 'PENDING') = (next_attempt_at IS NOT NULL)", name="next_attempt"),
    # Unique: one webhook event of each type per invoice.
    sa.UniqueConstraint("invoice_number", "type"),
    # Serves the list of deliveries, newest first.
    sa.Index("ix_webhook_deliveries_newest", "created_at", "id"),
    # Serves the worker's query for deliveries that are due.
    sa.Index("ix_webhook_deliveries_due", "next_attempt_at", postgresql_where=sa.text("state = 'PENDING'")),
    postgresql_with={"fillfactor": 50},  # migration 0008
)

webhook_attempts = sa.Table(
    "webhook_attempts",
    metadata,
    sa.Column("delivery_id", sa.Uuid, sa.ForeignKey("webhook_deliveries.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    _time("at", nullable=False, now=True),
    sa.Column("status_code", sa.Integer),
    sa.Column("latency_ms", sa.Integer, nullable=False, comment="until the answer, or until the attempt was given up"),
    sa.Column("error", sa.Text, comment="null if the receiver answered"),
)

simulation = sa.Table(
    "simulation",
    metadata,
    sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("failure_rate", sa.Float, comment="null: as the environment says"),
    sa.Column(
        "latency_ms", sa.Integer, nullable=False, server_default="0", comment="how long each attempt takes longer"
    ),
    sa.Column(
        "next_outcomes",
        JSONB,
        nullable=False,
        server_default=sa.text("'[]'::jsonb"),
        comment="of the next attempts, before chance decides",
    ),
    sa.Column("seed", sa.BigInteger),
    sa.Column(
        "seed_is_set", sa.Boolean, nullable=False, server_default=sa.text("false"), comment="else the environment's"
    ),
    sa.Column(
        "draws",
        sa.BigInteger,
        nullable=False,
        server_default="0",
        comment="how many outcomes chance has decided since the seed was set",
    ),
    sa.CheckConstraint("id = 1", name="single"),
)

postponed_work = sa.Table(
    "postponed_work",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True, comment="the kind of work that failed"),
    sa.Column("item", sa.Text, primary_key=True, comment="an invoice's number or a delivery's id"),
    sa.Column("failures", sa.Integer, nullable=False, server_default="1", comment="in a row"),
    sa.Column("error", sa.Text, nullable=False),
    _time("not_before", nullable=False, comment="when a worker tries it again"),
)

idempotency_keys = sa.Table(
    "idempotency_keys",
    metadata,
    sa.Column("caller", sa.Text, primary_key=True, comment="the name of the service key"),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("request_hash", sa.Text, nullable=False, comment="hash of the request's body, to recognise a repeat"),
    sa.Column("status_code", sa.Integer, nullable=False),
    sa.Column("body", JSONB, nullable=False, comment="the first answer, which repeats get again"),
    # Indexed for the cleanup, which deletes keys after a day.
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now(), index=True),
)
