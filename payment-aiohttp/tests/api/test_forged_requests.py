"""What callers invent neither fills the metrics nor breaks a list: forged cursors, numbers, methods and paths."""

from __future__ import annotations

import base64
import json
from uuid import uuid4

import aiohttp
import pytest
from support.payment_api import PaymentApi

LISTS = ("/api/v1/invoices", "/api/v1/webhook-deliveries")
FORGED = [
    [],
    ["0001-01-01T00:00:00+23:59", "INV-1"],
    ["9999-12-31T23:59:59-23:59", str(uuid4())],
    ["2026-11-23T10:00:00Z", "not an id"],
    ["2026-11-23T10:00:00Z", "\x00"],
    ["2026-11-23T10:00:00Z", str(uuid4()), "more"],
    [10**40, "INV-1"],
    [None, None],
    {"a": 1},
    "text",
]
CURSORS = [*(base64.urlsafe_b64encode(json.dumps(each).encode()).decode() for each in FORGED), "%", "é", "AAAA"]


@pytest.mark.parametrize("cursor", CURSORS)
async def test_a_forged_cursor_is_refused_or_names_a_place_in_the_list(api: PaymentApi, cursor: str) -> None:
    for path in LISTS:
        status, _ = await api.call("GET", path, params={"cursor": cursor})
        assert status in (200, 422), path


@pytest.mark.parametrize("value", ["0", "-1", "201", str(2**63), "1e9", "x", ""])
async def test_a_limit_out_of_bounds_is_refused(api: PaymentApi, value: str) -> None:
    for path in LISTS:
        status, _ = await api.call("GET", path, params={"limit": value})
        assert status == 422, path


async def test_invented_methods_and_paths_add_nothing_to_the_metrics(client: aiohttp.ClientSession) -> None:
    async def series() -> set[str]:
        """The series of requests, without their values."""
        async with client.get("/metrics") as answer:
            text = await answer.text()
        lines = (line for line in text.splitlines() if "http_request" in line and not line.startswith("#"))
        return {line.rpartition(" ")[0] for line in lines}

    async def invent(number: int) -> None:
        for method, path in (("GET", f"/invented-{number}"), ("PROPFIND", "/healthz"), ("GET", f"/pay/{number}")):
            async with client.request(method, path):
                pass

    await invent(0)
    await series()
    before = await series()
    for number in range(1, 20):
        await invent(number)
    assert await series() == before
    assert any('method="OTHER"' in line for line in before)
