"""Adds what every operation of the OpenAPI document has in common."""

from typing import Any

from servicekit.openapi_links import add_links

from client.edge.links import FLOWS

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "A problem document (RFC 9457). `type` is a stable slug.",
    "required": ["type", "title", "status", "detail", "instance", "request_id"],
    "properties": {
        "type": {"type": "string", "example": "validation-error"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "request_id": {"type": "string"},
        "booking_id": {
            "type": "string",
            "format": "uuid",
            "description": "The id of the stored booking that the problem is about.",
        },
        "etag": {
            "type": "string",
            "description": "The entity tag of the present version, with `precondition-failed`.",
        },
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

WEBHOOK_HEADERS = {
    "webhook-id": "The id of the event, which is the same in every attempt to deliver it.",
    "webhook-timestamp": "The time of the attempt in seconds since 1970.",
    "webhook-signature": "The signatures of the event, separated by spaces.",
}

WEBHOOK: dict[str, Any] = {
    "post": {
        "operationId": "webhooks_ticket",
        "summary": "Receives the events that ticket publishes.",
        "description": (
            "The ticket service calls this with signed events (Standard Webhooks) of the types `booking.updated` and "
            "`waitlist.updated`. It returns what became of the event. A missing, malformed or wrong signature is "
            "refused with 401, a body of more than 64 KiB with 413, and a signed but unreadable body with 422."
        ),
        "tags": ["webhooks"],
        "security": [],
        "parameters": [
            {"name": name, "in": "header", "required": True, "schema": {"type": "string"}, "description": meaning}
            for name, meaning in WEBHOOK_HEADERS.items()
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
        "responses": {
            "200": {
                "description": "The event was accepted; `outcome` is `applied`, `ignored` or `duplicate`.",
                "content": {
                    "application/json": {
                        "schema": {"type": "object", "properties": {"outcome": {"type": "string"}}},
                    }
                },
            }
        },
    }
}


PARAMETERS = {
    "booking_id": "The id of the booking.",
    "entry_id": "The id of the waitlist entry.",
    "event_id": "The id of the event.",
    "notification_id": "The id of the notification.",
    "reference": "The slug or the id of the organizer.",
    "seat_id": "The id of the seat.",
    "user_id": "The id of the account.",
    "is_active": "Only accounts that are open, or only closed ones.",
    "is_staff": "Only accounts of staff, or only accounts of buyers.",
    "status": "Only bookings in this state.",
}
ANSWERS = {
    "200": "The call succeeded.",
    "201": "The object was created and is returned.",
    "202": "The work has begun in the background.",
    "204": "The call succeeded; the answer has no body.",
    "304": "The caller has this content; the answer has no body.",
}
PROBLEM_CONTENT = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
PROBLEM_ANSWER: dict[str, Any] = {
    "description": "The call failed; the answer is a problem document.",
    "content": PROBLEM_CONTENT,
}
UNAVAILABLE: dict[str, Any] = {
    "description": (
        "`busy`: too many requests of this kind are under way, and nothing was done. `not-ready`: the database cannot "
        "serve. `ticket-unavailable`, `organizer-unreachable`, `payment-unavailable`: another service does not answer."
    ),
    "headers": {
        "Retry-After": {
            "description": "After how many seconds to try again, with `busy` and `not-ready`.",
            "schema": {"type": "integer"},
        }
    },
    "content": PROBLEM_CONTENT,
}
OF_VERSIONS: dict[str, dict[str, Any]] = {
    "412": {
        "description": "`precondition-failed`: somebody else has changed it; `etag` names the present version.",
        "content": PROBLEM_CONTENT,
    },
    "428": {
        "description": "`precondition-required`: `If-Match` is missing.",
        "content": PROBLEM_CONTENT,
    },
}


def complete(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Adds the webhook, the problem documents, and descriptions of answers and parameters."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM
    result["paths"]["/webhooks/ticket"] = WEBHOOK
    for path in result["paths"].values():
        for operation in path.values():
            _describe(operation)
    add_links(result, FLOWS)
    return result


def _describe(operation: dict[str, Any]) -> None:
    for status, answer in operation["responses"].items():
        if answer.get("description") in ("", "No response body"):
            answer["description"] = ANSWERS[status]
    operation["responses"] |= _version_answers(operation)
    operation["responses"].setdefault("503", UNAVAILABLE)
    operation["responses"].setdefault("default", PROBLEM_ANSWER)
    for parameter in operation.get("parameters", []):
        if parameter["name"] in PARAMETERS and not _is_sentence(parameter.get("description", "")):
            parameter["description"] = PARAMETERS[parameter["name"]]


def _version_answers(operation: dict[str, Any]) -> dict[str, Any]:
    """Returns the refusals of an operation that reads `If-Match`."""
    headers = {each["name"]: each for each in operation.get("parameters", []) if each["in"] == "header"}
    if "If-Match" not in headers:
        return {}
    statuses = ["412", "428"] if "428" in headers["If-Match"]["description"] else ["412"]
    return {status: OF_VERSIONS[status] for status in statuses}


def _is_sentence(text: str) -> bool:
    return text.endswith(".")
