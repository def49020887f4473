"""The types of parameters of hand-written SQL."""

from datetime import datetime
from uuid import UUID

SqlValue = str | int | datetime | UUID | None

_NAMES = {
    "bigint": "allowed amount version window",
    "boolean": "adopted may_change_event",
    "integer": "status_code",
    "jsonb": "entry event history messages seats told",
    "text": (
        "body caller cancel_reason currency document_kind document_sha256 document_url failure_reason fingerprint"
        " invoice_number key origin password_hash payment_url reason refund_status request_id status throttle"
        " traceparent"
    ),
    "timestamptz": "abandoned created_at forgotten hold_expires_at next_check_at now updated_at",
    "uuid": "claimed event_id id new_id user_id waitlist_entry_id",
}
SQL_TYPES = {name: sql_type for sql_type, names in _NAMES.items() for name in names.split()}
"""PostgreSQL's type of each parameter of a prepared statement; a name has the same type in all of them."""
