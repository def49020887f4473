"""The operations endpoints, over a real socket."""

from __future__ import annotations

import httpx


async def test_a_process_that_lives_says_so(live_client: httpx.AsyncClient) -> None:
    assert (await live_client.get("/healthz")).json() == {"status": "ok"}


async def test_it_is_ready_when_its_database_answers(live_client: httpx.AsyncClient) -> None:
    answer = await live_client.get("/readyz")
    assert answer.status_code == 200, answer.text
    assert answer.json()["checks"]["database"] == "ok"
