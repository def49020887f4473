"""Creates organizers, events and seats through the API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx


def event_body(**changes: Any) -> dict[str, Any]:
    """Returns a valid body of POST /events: on sale now, of the organizer `nusantara`; `...` removes a field."""
    now = datetime.now(UTC)
    body = {
        "name": "Malam Jazz",
        "description": "Two sets",
        "venue": "Gedung Kesenian",
        "starts_at": (now + timedelta(days=30)).isoformat(),
        "sales_open_at": (now - timedelta(days=1)).isoformat(),
        "sales_close_at": (now + timedelta(days=29)).isoformat(),
        "organizer": "nusantara",
        "currency": "IDR",
    }
    return {name: value for name, value in {**body, **changes}.items() if value is not ...}


async def create(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> Any:
    """Posts `body` and returns what was created; raises AssertionError if the answer is not 201."""
    answer = await client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def make_organizer(client: httpx.AsyncClient, slug: str = "nusantara", base_url: str = "http://x.test/n") -> Any:
    """Creates an organizer."""
    return await create(client, "/api/v1/organizers", {"slug": slug, "name": "Nusantara Live", "base_url": base_url})


async def make_event(client: httpx.AsyncClient, **changes: Any) -> Any:
    """Creates an organizer and its event, which is on sale."""
    await make_organizer(client, changes.get("organizer", "nusantara"))
    return await create(client, "/api/v1/events", event_body(**changes))


async def make_seats(client: httpx.AsyncClient, event_id: str, *, rows: int = 1, seats_per_row: int = 3) -> list[Any]:
    """Creates the seats A1, A2, … at 750,000 each."""
    layout = {"section": "Tribune", "rows": rows, "seats_per_row": seats_per_row, "price": 750_000}
    items: list[Any] = (await create(client, f"/api/v1/events/{event_id}/seats", layout))["items"]
    return items
