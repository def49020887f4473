"""Checks a fake of ticket against ticket's OpenAPI document and the catalogue of problems."""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"
DOCUMENT: dict[str, Any] = json.loads((CONTRACTS / "openapi" / "ticket.json").read_text())
PROBLEMS: dict[str, dict[str, Any]] = json.loads((CONTRACTS / "problems.json").read_text())["problems"]
STANDARD_MEMBERS = frozenset(DOCUMENT["components"]["schemas"]["ProblemDocument"]["properties"])
# The OpenAPI document does not name the further members of problems; these are the members that ticket sends.
MEMBERS: dict[str, frozenset[str]] = {
    "seat-unavailable": frozenset({"seat_ids"}),
    "organizer-declined": frozenset({"booking_id", "booking"}),
    "organizer-unreachable": frozenset({"booking_id", "booking"}),
    "payment-unavailable": frozenset({"booking_id", "booking"}),
    "event-cancelled": frozenset({"booking_id", "booking"}),
    "request-in-progress": frozenset({"booking_id"}),
    "idempotency-key-reused": frozenset({"booking_id"}),
    "booking-in-progress": frozenset({"booking_id"}),
    "payment-in-progress": frozenset({"booking_id"}),
    "booking-already-ended": frozenset({"booking_id"}),
    "event-started": frozenset({"booking_id"}),
    "ticket-not-ready": frozenset({"booking_id"}),
    "seat-already-yours": frozenset({"booking_id"}),
    "seat-open": frozenset({"seat_id"}),
    "already-queued": frozenset({"waitlist_entry_id"}),
    "event-has-live-bookings": frozenset({"live_bookings"}),
}


def violations(method: str, path: str, *, status: int, body: Any) -> list[str]:
    """Returns how an answer differs from ticket's contract for that call; empty if it does not."""
    operation = _operation(method, path)
    if operation is None:
        return [] if status == 404 else ["ticket has no such call"]
    documented = operation["responses"].get(str(status))
    if documented is None:
        return [f"status {status} is not documented"]
    content = documented.get("content")
    if content is None:
        return [] if body is None else ["an answer without content has a body"]
    if isinstance(body, bytes):
        return ["the body is not JSON of the fake's own"]
    ((media_type, described),) = content.items()
    found = _mismatches(json.dumps(described["schema"]), body)
    if media_type == "application/problem+json" and not found:
        found += _problem_mismatches(body, slugs=re.findall(r"`([a-z-]+)`", documented["description"]))
    return found


def request_violations(method: str, path: str, *, body: Any) -> list[str]:
    """Returns how a body differs from ticket's contract for that call; empty if it does not."""
    described = (_operation(method, path) or {}).get("requestBody")
    if described is None:
        return [] if body is None else ["ticket takes no body"]
    if body is None:
        return ["ticket takes a body"] if described.get("required") else []
    return _mismatches(json.dumps(described["content"]["application/json"]["schema"]), body)


def _operation(method: str, path: str) -> dict[str, Any] | None:
    for template, operations in DOCUMENT["paths"].items():
        pattern = re.sub(r"\{[^}]+\}", "[^/]+", template)
        if method.lower() in operations and re.fullmatch(pattern, path):
            operation: dict[str, Any] = operations[method.lower()]
            return operation
    return None


def _mismatches(schema: str, body: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in _validator(schema).iter_errors(body)]


@cache
def _validator(schema: str) -> Draft202012Validator:
    whole = {"components": DOCUMENT["components"], **json.loads(schema)}
    return Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)


def _problem_mismatches(body: Mapping[str, Any], *, slugs: list[str]) -> list[str]:
    slug, known = body["type"], PROBLEMS.get(body["type"], {})
    found = [] if slug in slugs else [f"{slug} is not among {slugs}"]
    found += [
        f"{slug} has the {member} {known.get(member)}, not {body[member]}"
        for member in ("status", "title")
        if known.get(member) != body[member]
    ]
    if foreign := body.keys() - STANDARD_MEMBERS - MEMBERS.get(slug, frozenset()):
        found.append(f"{slug} has no members {sorted(foreign)}")
    if booking := body.get("booking"):
        found += _mismatches('{"$ref": "#/components/schemas/BookingOutput"}', booking)
    return found
