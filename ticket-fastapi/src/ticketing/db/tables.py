"""The tables of the ticket service, as SQLAlchemy Core metadata.

`migrations/` must create exactly these tables (`ticketing.migrate --check` compares them).

The last guards, which hold even if a lock or a condition is forgotten (docs/locking.md):

- `seat_names_its_booking`: a seat that is not OPEN names the booking that has it, an OPEN one names none
  (`domain/seat.py`).
- `one_live_booking_per_seat`: a seat belongs to at most one booking that is not fully released
  (`tests/support/rules/`, rule 1).
- `one_live_entry_per_buyer_and_seat`, `one_offer_per_seat`: the queue's rules (`domain/waitlist.py`).
"""

from __future__ import annotations

import sqlalchemy as sa
from servicekit.db.outbox import first_attempt_columns
from sqlalchemy.dialects.postgresql import JSONB

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Timestamp = sa.DateTime(timezone=True)


def _timestamps() -> tuple[sa.Column[object], sa.Column[object]]:
    return (
        sa.Column("created_at", Timestamp, nullable=False, server_default=sa.func.now()),
        sa.Column("updated_at", Timestamp, nullable=False, server_default=sa.func.now()),
    )


def _version_for_staff() -> sa.Column[int]:
    return sa.Column(
        "version", sa.Integer, nullable=False, server_default="1", comment="grows with every change by staff"
    )


organizers = sa.Table(
    "organizers",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("slug", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column(
        "base_url",
        sa.Text,
        nullable=False,
        comment="address of the organizer's own system; holds are requested at {base_url}/holds",
    ),
    sa.Column("api_key", sa.Text, comment="the organizer's own; null: nothing is asked of it. Never shown"),
    sa.Column("previous_api_key", sa.Text, comment="tried until the organizer has accepted the new one"),
    sa.Column("api_key_set_at", Timestamp),
    _version_for_staff(),
    *_timestamps(),
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("organizer_id", sa.ForeignKey("organizers.id"), nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False, server_default=""),
    sa.Column("venue", sa.Text, nullable=False),
    sa.Column(
        "time_zone",
        sa.Text,
        nullable=False,
        server_default="Asia/Jakarta",
        comment="IANA name; every time of the event is shown to people in it",
    ),
    sa.Column("starts_at", Timestamp, nullable=False, index=True),
    sa.Column("sales_open_at", Timestamp, nullable=False),
    sa.Column("sales_close_at", Timestamp, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("cancelled_at", Timestamp, comment="set by staff; a worker then cancels every booking"),
    sa.Column("facts_changed_at", Timestamp, comment="when name, venue, time zone or start last changed"),
    sa.Column(
        "facts_due_at",
        Timestamp,
        comment="when a worker publishes the change with bookings and waitlist entries; null once done",
    ),
    _version_for_staff(),
    *_timestamps(),
    sa.CheckConstraint("sales_open_at < sales_close_at", "sale_opens_before_it_closes"),
    sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", "currency_is_iso_4217"),
    # For the claims of changed events; it is nearly always empty.
    sa.Index("ix_events_facts_due", "facts_due_at", postgresql_where=sa.text("facts_due_at IS NOT NULL")),
)

seats = sa.Table(
    "seats",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("event_id", sa.ForeignKey("events.id", ondelete="CASCADE"), nullable=False),
    sa.Column("section", sa.Text, nullable=False),
    sa.Column("row", sa.Text, nullable=False),
    sa.Column(
        "place_key",
        sa.Text,
        comment="key of section and row, equal for labels that look alike; null for seats older than this rule",
    ),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("price", sa.BigInteger, nullable=False, comment="minor units of the event's currency"),
    sa.Column("status", sa.Text, nullable=False, server_default="OPEN"),
    sa.Column(
        "booking_id", sa.Uuid, comment="the booking that has the seat; every change names the booking that it expects"
    ),
    _version_for_staff(),
    *_timestamps(),
    # The previous release names the first, weaker constraint in its ON CONFLICT. The next release may remove it, and
    # then needs an index of the same columns in its place: `sql/seat_map.sql` reads the seats in its order.
    sa.UniqueConstraint("event_id", "section", "row", "number"),
    sa.UniqueConstraint("event_id", "place_key", "number"),
    sa.CheckConstraint("status IN ('OPEN', 'ON_GOING', 'BOOKED')", "status_known"),
    sa.CheckConstraint("(status = 'OPEN') = (booking_id IS NULL)", "seat_names_its_booking"),
    sa.CheckConstraint("price >= 0", "price_not_negative"),
    # Free space on each page keeps a changed row on its page (HOT), so that no index entry is written.
    postgresql_with={"fillfactor": 70},
)

# The rule of `domain.booking_record.next_step`, for the lanes of the worker; written as PostgreSQL prints it.
# A booking without a next step is due in the lane of refunds, which then clears its due time.
NEXT_STEP = """CASE
    WHEN status = 'HOLDING'::text AND origin = 'WAITLIST'::text THEN 'promote_next'::text
    WHEN status = 'HOLDING'::text THEN 'resolve_hold'::text
    WHEN status = 'AWAITING_PAYMENT'::text THEN 'settle_payment'::text
    WHEN status <> 'BOOKED'::text AND released_at IS NULL THEN 'release_seats'::text
    WHEN status = 'BOOKED'::text AND document_kind IS DISTINCT FROM 'CONFIRMATION'::text THEN 'issue_document'::text
    WHEN status <> 'BOOKED'::text AND document_kind IS DISTINCT FROM 'NOTICE'::text THEN 'issue_document'::text
    ELSE 'refund_payment'::text
END"""

bookings = sa.Table(
    "bookings",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True, comment="also the organizer's hold id and the invoice's reference"),
    sa.Column(
        "version",
        sa.Integer,
        nullable=False,
        server_default="1",
        comment="grows with every published change",
    ),
    sa.Column("event_id", sa.ForeignKey("events.id"), nullable=False),
    sa.Column("customer_id", sa.Uuid, nullable=False),
    sa.Column("customer_name", sa.Text, nullable=False),
    sa.Column("customer_email", sa.Text, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("waitlist_entry_id", sa.Uuid),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("failure_reason", sa.Text),
    sa.Column("cancel_reason", sa.Text),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("return_url", sa.Text),
    sa.Column(
        "buyer_address",
        sa.Text,
        comment="keyed hash of the address that the buyer called from, made by the client service",
    ),
    sa.Column("request_hash", sa.Text, comment="hash of the request's body, to recognise a repeat"),
    sa.Column("invoice_number", sa.Text),
    sa.Column(
        "invoice_version",
        sa.Integer,
        nullable=False,
        server_default="0",
        comment="newest version received from payment; older events are ignored",
    ),
    sa.Column("payment_url", sa.Text),
    sa.Column("hold_expires_at", Timestamp),
    sa.Column(
        "declines",
        sa.Integer,
        nullable=False,
        server_default="0",
        comment="how often the organizer has declined this promotion from the queue",
    ),
    sa.Column("next_step_at", Timestamp, comment="when the next step is due; null once nothing is left to do"),
    sa.Column("next_step", sa.Text, sa.Computed(NEXT_STEP, persisted=True)),
    sa.Column(
        "released_at",
        Timestamp,
        comment="when organizer and payment had confirmed the release and the seats were reassigned or opened",
    ),
    sa.Column("refund_status", sa.Text),
    sa.Column("document_kind", sa.Text),
    sa.Column("document_key", sa.Text),
    sa.Column("document_sha256", sa.Text),
    sa.Column("document_made_at", Timestamp, comment="null for a document that is older than the column"),
    sa.Column("facts_published_at", Timestamp, comment="when a change of the event was last published with it"),
    *_timestamps(),
    sa.CheckConstraint(
        "status IN ('HOLDING', 'AWAITING_PAYMENT', 'BOOKED', 'FAILED', 'EXPIRED', 'CANCELLED')", "status_known"
    ),
    sa.CheckConstraint("origin IN ('DIRECT', 'WAITLIST')", "origin_known"),
    sa.CheckConstraint("(status = 'FAILED') = (failure_reason IS NOT NULL)", "failed_says_why"),
    sa.CheckConstraint("(status = 'CANCELLED') = (cancel_reason IS NOT NULL)", "cancelled_says_why"),
    sa.CheckConstraint("status <> 'AWAITING_PAYMENT' OR hold_expires_at IS NOT NULL", "waiting_has_a_deadline"),
    sa.CheckConstraint("refund_status IN ('PENDING', 'REFUNDED')", "refund_status_known"),
    sa.Index("ix_bookings_customer", "customer_id", "created_at"),  # GET /bookings?customer_id=
    sa.Index("ix_bookings_event", "event_id", "created_at"),  # GET /bookings?event_id=
    # For the counts of `may_take_unpaid_seats` (migration 0019).
    sa.Index(
        "ix_bookings_unpaid_of_buyer",
        "customer_id",
        "event_id",
        postgresql_where=sa.text("status IN ('HOLDING', 'AWAITING_PAYMENT')"),
    ),
    sa.Index(
        "ix_bookings_unpaid_of_address",
        "buyer_address",
        postgresql_where=sa.text("buyer_address IS NOT NULL AND status IN ('HOLDING', 'AWAITING_PAYMENT')"),
    ),
    # For the claims of the lanes, each separately. It is small, because finished bookings are not in it.
    sa.Index("ix_bookings_due", "next_step", "next_step_at", postgresql_where=sa.text("next_step_at IS NOT NULL")),
    postgresql_with={"fillfactor": 70},  # migration 0021
)

abandoned_bookings = sa.Table(
    "abandoned_bookings",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True, comment="an id under which no booking may be made any more"),
    sa.Column("abandoned_at", Timestamp, nullable=False, server_default=sa.func.now()),
    sa.Index("ix_abandoned_bookings_age", "abandoned_at", postgresql_using="brin"),  # for the cleanup
)

booking_seats = sa.Table(
    "booking_seats",
    metadata,
    sa.Column("booking_id", sa.ForeignKey("bookings.id"), primary_key=True),
    sa.Column("seat_id", sa.Uuid, primary_key=True),
    sa.Column("section", sa.Text, nullable=False),
    sa.Column("row", sa.Text, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column(
        "price",
        sa.BigInteger,
        nullable=False,
        comment="the price at the time of the booking; a later change of the seat's price does not change it",
    ),
    sa.Column(
        "live",
        sa.Boolean,
        nullable=False,
        server_default=sa.true(),
        comment="false once the seat was reassigned or opened",
    ),
    sa.Index("one_live_booking_per_seat", "seat_id", unique=True, postgresql_where=sa.text("live")),
)

waitlist_entries = sa.Table(
    "waitlist_entries",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.Column("seat_id", sa.ForeignKey("seats.id"), nullable=False),
    sa.Column("event_id", sa.ForeignKey("events.id"), nullable=False),
    sa.Column("customer_id", sa.Uuid, nullable=False),
    sa.Column("customer_name", sa.Text, nullable=False),
    sa.Column("customer_email", sa.Text, nullable=False),
    sa.Column("return_url", sa.Text),
    sa.Column("status", sa.Text, nullable=False, server_default="WAITING"),
    sa.Column(
        "queue_number",
        sa.Integer,
        comment="1 for the first who ever joined the queue of the seat; given by a trigger",
    ),
    sa.Column("booking_id", sa.Uuid, comment="the booking to which the seat was reassigned"),
    sa.Column("offer_expires_at", Timestamp),
    sa.Column("facts_published_at", Timestamp, comment="when a change of the event was last published with it"),
    sa.Column("positions_due_at", Timestamp, comment="of the previous release; the next one removes it"),
    sa.Column("joined_at", Timestamp, nullable=False, server_default=sa.func.clock_timestamp()),
    sa.Column("updated_at", Timestamp, nullable=False, server_default=sa.func.now()),
    sa.CheckConstraint("status IN ('WAITING', 'OFFERED', 'FULFILLED', 'LAPSED', 'LEFT')", "status_known"),
    sa.CheckConstraint("status <> 'OFFERED' OR booking_id IS NOT NULL", "offer_names_its_booking"),
    sa.UniqueConstraint("seat_id", "queue_number"),
    sa.Index(
        "one_live_entry_per_buyer_and_seat",
        "seat_id",
        "customer_id",
        unique=True,
        postgresql_where=sa.text("status IN ('WAITING', 'OFFERED')"),
    ),
    sa.Index("one_offer_per_seat", "seat_id", unique=True, postgresql_where=sa.text("status = 'OFFERED'")),
    # For the first in a queue, and for the position in it.
    sa.Index("ix_waitlist_entries_line", "seat_id", "queue_number", postgresql_where=sa.text("status = 'WAITING'")),
    # For the pages of an event's queues: the live entries, and all.
    sa.Index(
        "ix_waitlist_entries_event",
        "event_id",
        "seat_id",
        "queue_number",
        postgresql_where=sa.text("status IN ('WAITING', 'OFFERED')"),
    ),
    sa.Index("ix_waitlist_entries_event_all", "event_id", "seat_id", "queue_number"),
    sa.Index("ix_waitlist_entries_customer", "customer_id", "joined_at"),
)

# How many entries wait in each block of a queue's numbers (`sql/queue_position.sql`). Triggers keep it.
waitlist_blocks = sa.Table(
    "waitlist_blocks",
    metadata,
    sa.Column("seat_id", sa.ForeignKey("seats.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("level", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("block", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("waiting", sa.Integer, nullable=False),
    sa.CheckConstraint("waiting >= 0", "waiting_not_negative"),
    # A row changes with everybody who joins or leaves: free space keeps it on its page.
    postgresql_with={"fillfactor": 50},
)

audit_entries = sa.Table(
    "audit_entries",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("at", Timestamp, nullable=False, server_default=sa.func.clock_timestamp()),
    sa.Column("subject_type", sa.Text, nullable=False, comment="booking, seat, waitlist_entry, event"),
    sa.Column("subject_id", sa.Uuid, nullable=False),
    sa.Column("booking_id", sa.Uuid, comment="the booking whose timeline shows this entry, if any"),
    sa.Column(
        "actor",
        sa.Text,
        nullable=False,
        comment="what caused the change: the name of a service key, worker, payment-webhook, …",
    ),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("seat_action", sa.Text, comment="what the same step did with all seats of the booking: TAKE, SELL"),
    sa.Column("from_status", sa.Text),
    sa.Column("to_status", sa.Text),
    sa.Column("detail", JSONB, nullable=False, server_default=sa.text("'{}'::jsonb")),
    sa.Column("request_id", sa.Text),
    sa.Index("ix_audit_entries_booking", "booking_id", "id"),  # GET /bookings/{id}/timeline
    # For the cleanup. Rows lie in the order of their times, so that an index of ranges is enough.
    sa.Index("ix_audit_entries_age", "at", postgresql_using="brin"),
)

webhook_inbox = sa.Table(
    "webhook_inbox",
    metadata,
    sa.Column("webhook_id", sa.Text, primary_key=True),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("subject_version", sa.Integer, nullable=False),
    sa.Column("effect", sa.Text, nullable=False, comment="applied, ignored"),
    sa.Column("received_at", Timestamp, nullable=False, server_default=sa.func.now()),
    sa.Index("ix_webhook_inbox_age", "received_at", postgresql_using="brin"),  # for the cleanup
)

webhook_deliveries = sa.Table(
    "webhook_deliveries",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True, comment="sent as webhook-id, the same at every attempt"),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("subject_id", sa.Uuid, nullable=False, index=True),
    sa.Column("subject_version", sa.Integer, nullable=False),
    sa.Column("data", JSONB, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="PENDING"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column(
        "round_began_after", sa.Integer, nullable=False, server_default="0", comment="attempts of earlier rounds"
    ),
    sa.Column("next_attempt_at", Timestamp, server_default=sa.func.now(), comment="while PENDING"),
    sa.Column(
        "bulk",
        sa.Boolean,
        nullable=False,
        server_default=sa.false(),
        comment="one of many, or not urgent: claimed apart, so that others do not wait for it",
    ),
    sa.Column("request_id", sa.Text),
    sa.Column("traceparent", sa.Text),
    sa.Column("created_at", Timestamp, nullable=False, server_default=sa.func.now()),
    sa.Column("delivered_at", Timestamp),
    *first_attempt_columns(),
    sa.CheckConstraint("state IN ('PENDING', 'DELIVERED', 'DEAD')", "state_known"),
    sa.Index("ix_webhook_deliveries_age", "created_at", postgresql_using="brin"),  # for the cleanup
    # For the claims of urgent and of bulk deliveries, each separately.
    sa.Index("ix_webhook_deliveries_due", "bulk", "next_attempt_at", postgresql_where=sa.text("state = 'PENDING'")),
    postgresql_with={"fillfactor": 50},  # migration 0021
)

webhook_attempts = sa.Table(
    "webhook_attempts",
    metadata,
    sa.Column("delivery_id", sa.ForeignKey("webhook_deliveries.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("at", Timestamp, nullable=False, server_default=sa.func.now()),
    sa.Column("status_code", sa.Integer),
    sa.Column("latency_ms", sa.Integer, nullable=False),
    sa.Column("error", sa.Text),
)

idempotency_keys = sa.Table(
    "idempotency_keys",
    metadata,
    sa.Column("caller", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("request_hash", sa.Text, nullable=False),
    sa.Column("status_code", sa.Integer, comment="null while the first request runs"),
    sa.Column("body", JSONB),
    sa.Column("created_at", Timestamp, nullable=False, server_default=sa.func.now(), index=True),
)

event_operations = sa.Table(
    "event_operations",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("event_id", sa.ForeignKey("events.id"), nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False, comment="CANCEL_EVENT"),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("state", sa.Text, nullable=False, server_default="RUNNING"),
    sa.Column("total", sa.Integer, nullable=False, server_default="0"),
    sa.Column("done", sa.Integer, nullable=False, server_default="0"),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column(
        "next_step_at", Timestamp, server_default=sa.func.now(), comment="when a worker continues; null once done"
    ),
    sa.Column("request_id", sa.Text),
    sa.Column("traceparent", sa.Text),
    sa.Column("created_at", Timestamp, nullable=False, server_default=sa.func.now()),
    sa.Column("finished_at", Timestamp),
    sa.CheckConstraint("state IN ('RUNNING', 'DONE')", "state_known"),
)

work_failures = sa.Table(
    "work_failures",
    metadata,
    sa.Column("loop", sa.Text, primary_key=True, comment="the kind of work (domain/work.py)"),
    sa.Column("failures", sa.BigInteger, nullable=False),
    sa.Column("item", sa.Text, nullable=False, comment="the item that failed last"),
    sa.Column("error", sa.Text, nullable=False),
    sa.Column("failed_at", Timestamp, nullable=False, server_default=sa.func.now()),
)
