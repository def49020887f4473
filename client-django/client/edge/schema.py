"""What every operation of the OpenAPI document has in common."""

from typing import Any

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457 problem document. `type` is a stable slug.",
    "required": ["type", "title", "status", "detail", "instance", "request_id"],
    "properties": {
        "type": {"type": "string", "example": "validation-error"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "request_id": {"type": "string"},
        "booking_id": {"type": "string", "format": "uuid", "description": "The stored booking that this is about."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {
                    "field": {"type": "string", "example": "seat_ids.0"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}

WEBHOOK: dict[str, Any] = {
    "post": {
        "operationId": "webhooks_ticket",
        "summary": "What ticket tells of bookings and queues",
        "description": (
            "Standard Webhooks. Types `booking.updated` and `waitlist.updated`; 200 applied, ignored or seen before, "
            "401 signature missing, malformed or wrong, 413 over 64 KiB, 422 signed but unreadable."
        ),
        "tags": ["webhooks"],
        "security": [],
        "parameters": [
            {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
            for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
        "responses": {
            "200": {
                "description": "`outcome` is `applied`, `ignored` or `duplicate`.",
                "content": {
                    "application/json": {
                        "schema": {"type": "object", "properties": {"outcome": {"type": "string"}}},
                    }
                },
            }
        },
    }
}


def complete(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    answer = {
        "description": "Anything that went wrong.",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    result["paths"]["/webhooks/ticket"] = WEBHOOK
    for path in result["paths"].values():
        for operation in path.values():
            operation["responses"].setdefault("default", answer)
    return result
