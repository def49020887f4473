"""Checks a fake of ticket against ticket's OpenAPI document and the catalogue of problems."""

from typing import Any

from devstack.contract_answers import CONTRACTS, PROBLEMS, api_of

__all__ = ["CONTRACTS", "PROBLEMS", "request_violations", "violations"]


def violations(method: str, path: str, *, status: int, body: Any) -> list[str]:
    """Returns how an answer differs from what ticket can answer to that call; empty if it does not."""
    api = api_of("ticket")
    found = api.answer_mismatches(method, path, status=status, body=body)
    if isinstance(body, dict) and (booking := body.get("booking")):
        found += api.schema_mismatches("BookingOutput", booking)
    return found


def request_violations(method: str, path: str, *, body: Any) -> list[str]:
    """Returns how a body differs from what ticket takes in that call; empty if it does not."""
    return api_of("ticket").request_mismatches(method, path, body=body)
