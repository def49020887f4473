"""JSON Schemas that answers are checked against."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
NULLABLE_TEXT = {"type": ["string", "null"]}
TEXT = {"type": "string"}
WHOLE = {"type": "integer"}


def _object(required: Json, optional: Json | None = None) -> Json:
    return {"type": "object", "required": list(required), "properties": {**required, **(optional or {})}}


SCHEMAS: dict[str, Json] = {
    "booking": _object(
        {
            "id": TEXT,
            "status": {
                "enum": ["REQUESTED", "HOLDING", "AWAITING_PAYMENT", "BOOKED", "FAILED", "EXPIRED", "CANCELLED"]
            },
            "event": {"type": ["object", "null"]},
            "seats": {"type": "array"},
            "amount": {"type": ["integer", "null"]},
            "currency": NULLABLE_TEXT,
            "invoice_number": NULLABLE_TEXT,
            "payment_url": NULLABLE_TEXT,
            "hold_expires_at": NULLABLE_TEXT,
            "failure_reason": NULLABLE_TEXT,
            "ticket_available": {"type": "boolean"},
            "created_at": TEXT,
        }
    ),
    "invoice": _object(
        {
            "number": TEXT,
            "reference": TEXT,
            "status": {"enum": ["PENDING", "PROCESSING", "PAID", "FAILED", "VOID", "REFUNDED"]},
            "amount": WHOLE,
            "currency": TEXT,
            "payment_url": NULLABLE_TEXT,
        }
    ),
    "waitlist_entry": _object(
        {
            "id": TEXT,
            "status": {"enum": ["WAITING", "OFFERED", "FULFILLED", "LAPSED", "LEFT"]},
            "position": {"type": ["integer", "null"]},
            "booking_id": NULLABLE_TEXT,
        }
    ),
    "page": _object({"items": {"type": "array"}, "next_cursor": NULLABLE_TEXT}),
}
