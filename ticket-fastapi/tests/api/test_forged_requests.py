"""What callers invent neither fills the metrics nor breaks a list: forged cursors, ids, numbers, methods and paths."""

from __future__ import annotations

import base64
import json
from uuid import uuid4

import httpx
import pytest
from support.catalog import make_event
from support.ticket_system import TicketSystem

SMALLEST_TIME = "0001-01-01T00:00:00+23:59"
LISTS = ("organizers", "events", "events?ordering=name", "bookings", "waitlist?customer_id={id}", "webhook-deliveries")
FORGED = [
    [],
    [SMALLEST_TIME, str(uuid4())],
    ["9999-12-31T23:59:59-23:59", str(uuid4())],
    ["2026-11-23T10:00:00Z", "not an id"],
    ["2026-11-23T10:00:00Z", str(uuid4()), "more"],
    [10**40, str(uuid4())],
    ["\x00", str(uuid4())],
    [None, None],
    {"a": 1},
    "text",
    ["A", 2**31, "1", 1],
    ["A", 1, "1", 2**63],
    ["A", -(2**40), "1", 1],
    [str(uuid4()), SMALLEST_TIME, str(uuid4())],
]


def as_cursor(forged: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(forged).encode()).decode()


CURSORS = [*map(as_cursor, FORGED), "%", "é", "AAAA", "=" * 600, as_cursor(["\ud800", str(uuid4())])]


@pytest.mark.parametrize("cursor", CURSORS)
async def test_a_forged_cursor_is_refused_or_names_a_place_in_the_list(
    app_client: httpx.AsyncClient, cursor: str
) -> None:
    event = await make_event(app_client)
    lists = [*LISTS, f"events/{event['id']}/seats", f"events/{event['id']}/waitlist"]
    for each in lists:
        path = f"/api/v1/{each.format(id=uuid4())}"
        answer = await app_client.get(httpx.URL(path).copy_merge_params({"cursor": cursor}))
        assert answer.status_code in (200, 422), (each, answer.text)


@pytest.mark.parametrize("value", ["0", "-1", "201", str(2**31), str(2**63), "1e9", "x", "", "１"])
async def test_a_limit_out_of_bounds_is_refused(app_client: httpx.AsyncClient, value: str) -> None:
    for each in LISTS:
        path = httpx.URL(f"/api/v1/{each.format(id=uuid4())}").copy_merge_params({"limit": value})
        assert (await app_client.get(path)).status_code == 422


async def test_forged_ids_are_refused(app_client: httpx.AsyncClient) -> None:
    for forged in ("x", "%00", "0" * 400, str(2**128), "..%2f..", "é"):
        for path in ("events/{}", "events/{}/seats", "bookings/{}", "bookings/{}/timeline", "waitlist/{}"):
            answer = await app_client.get(f"/api/v1/{path.format(forged)}")
            assert answer.status_code in (404, 422), (path, forged, answer.text)


async def test_invented_methods_and_paths_add_nothing_to_the_metrics(system: TicketSystem) -> None:
    async def series() -> set[str]:
        """The series of requests at the two services, without their values."""
        text = (await system.client.get("/metrics")).text + (await system.organizer.get("/metrics")).text
        lines = (line for line in text.splitlines() if "http_request" in line and not line.startswith("#"))
        return {line.rpartition(" ")[0] for line in lines}

    async def invent(number: int) -> None:
        for client in (system.client, system.organizer):
            await client.request(f"INVENTED{number}", f"/api/v1/invented-{number}")
            await client.request(f"INVENTED{number}", "/healthz")
            await client.get(f"/invented-{number}/holds")

    await invent(0)
    await series()
    before = await series()
    for number in range(1, 20):
        await invent(number)
    assert await series() == before
    assert any('method="OTHER"' in line for line in before)
