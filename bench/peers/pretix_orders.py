"""Requests for orders at pretix's REST API, each for one ticket of an event of its own kind."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from bench.http_request import Request
from bench.peers.pretix import Pretix

TICKETS = 500
"""The size of an event's quota, as many as the seats of our benchmarks' events."""
PRICE = "150000.00"
CALL_SECONDS = 60


def orders(pretix: Pretix, number: int) -> list[Request]:
    """Makes an event with enough tickets, and returns so many requests, each for an unpaid order of one ticket."""
    headers = {"authorization": f"Token {pretix.token}", "content-type": "application/json"}
    with httpx.Client(base_url=f"{pretix.url}/api/v1/organizers/bench", headers=headers, timeout=CALL_SECONDS) as api:
        event, item = _make_event(api, max(number, TICKETS))
    path = f"/api/v1/organizers/bench/events/{event}/orders/"
    return [
        Request("POST", path, {**headers, "x-idempotency-key": uuid4().hex}, json.dumps(_order(item)))
        for _ in range(number)
    ]


def _make_event(api: httpx.Client, tickets: int) -> tuple[str, int]:
    slug, start = f"e{uuid4().hex[:12]}", datetime.now(UTC) + timedelta(days=60)
    _create(
        api,
        "/events/",
        {
            "name": {"en": "Bench"},
            "slug": slug,
            "currency": "IDR",
            "date_from": start.isoformat(),
            "timezone": "Asia/Jakarta",
            "plugins": [],
        },
    )
    item = _create(api, f"/events/{slug}/items/", {"name": {"en": "Seat"}, "default_price": PRICE, "active": True})
    quota = {"name": "Seats", "size": tickets, "items": [item["id"]], "variations": []}
    _create(api, f"/events/{slug}/quotas/", quota)
    return slug, item["id"]


def _create(api: httpx.Client, path: str, body: dict[str, Any]) -> Any:
    answer = api.post(path, json=body)
    if answer.status_code != httpx.codes.CREATED:
        raise RuntimeError(f"pretix answered {answer.status_code} to {path}: {answer.text[:300]}")
    return answer.json()


def _order(item: int) -> dict[str, Any]:
    return {
        "email": "ayu@example.com",
        "locale": "en",
        "status": "n",
        "payment_provider": "manual",
        "positions": [
            {"item": item, "price": PRICE, "attendee_name_parts": {"given_name": "Ayu", "family_name": "Lestari"}}
        ],
    }
