"""What callers see when the database is away, and that the service recovers by itself."""

from __future__ import annotations

import httpx
import sqlalchemy as sa
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine
from support.catalog import make_event
from support.server import serve
from ticketing.http.app import create_app
from ticketing.settings import Settings

EVENTS = "/api/v1/events"


async def test_lost_connections_are_noticed_before_they_are_used(
    app_client: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    event = await make_event(app_client)
    async with engine.begin() as connection:
        ended = await connection.execute(
            sa.text(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE application_name = 'ticket' AND datname = current_database()"
            )
        )
        assert ended.all()
    assert (await app_client.get(f"{EVENTS}/{event['id']}")).status_code == 200
    assert (await app_client.patch(f"{EVENTS}/{event['id']}", json={"name": "Still here"})).status_code == 200


async def test_a_database_that_is_away_is_not_the_callers_fault(settings: Settings) -> None:
    nowhere = settings.model_copy(update={"database_url": "postgresql://nobody@127.0.0.1:9/nothing"})
    app: FastAPI = create_app(nowhere)
    key = settings.api_keys["client"].key.get_secret_value()
    async with (
        app.router.lifespan_context(app),
        serve(app) as url,
        httpx.AsyncClient(base_url=url, headers={"authorization": f"Bearer {key}"}) as client,
    ):
        answer = await client.get(EVENTS)
    assert (answer.status_code, answer.json()["type"]) == (503, "not-ready")
    assert answer.headers["retry-after"] == "2"
    assert "127.0.0.1" not in answer.text
