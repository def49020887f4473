"""On a really full disk the service is not ready, loses nothing, and works again once there is space."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg2
import pytest
from servicekit.settings import DatabaseSettings
from support.catalog import event_body, make_organizer
from support.small_disk import SmallDisk, mounted
from ticketing.http.app import create_app
from ticketing.migrate import MIGRATIONS
from ticketing.settings import Settings

EVENTS = "/api/v1/events"
MEGABYTES = 40
"""A database with ticket's tables takes about fifteen."""


def administer(*statements: str) -> list[tuple[str, ...]]:
    with closing(psycopg2.connect(os.environ["TEST_POSTGRES_URL"])) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    with mounted(MEGABYTES) as disk:
        yield disk


@pytest.fixture
def url(disk: SmallDisk) -> Iterator[str]:
    """The URL of a migrated database on the small disk."""
    ((data,),) = administer("SHOW data_directory")
    owner = Path(data).stat()
    space = disk.folder / "space"
    space.mkdir(mode=0o700)
    os.chown(space, owner.st_uid, owner.st_gid)
    name = f"ticket_test_{uuid4().hex[:12]}"
    administer(f"CREATE TABLESPACE {name} LOCATION '{space}'", f"CREATE DATABASE {name} TABLESPACE {name}")
    address = f"{os.environ['TEST_POSTGRES_URL'].rpartition('/')[0]}/{name}"
    try:
        MIGRATIONS.upgrade(DatabaseSettings.model_validate({"database_url": address}))
        yield address
    finally:
        disk.empty()
        administer(f"DROP DATABASE {name} WITH (FORCE)", f"DROP TABLESPACE {name}")


async def test_a_service_on_a_full_disk_is_not_ready_until_there_is_space_again(
    settings: Settings, disk: SmallDisk, url: str
) -> None:
    app = create_app(settings.model_copy(update={"database_url": url}))
    key = settings.api_keys["client"].key.get_secret_value()
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"authorization": f"Bearer {key}"}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://ticket", headers=headers) as client,
    ):
        await app.state.services.object_store.ensure_bucket()
        await make_organizer(client)
        assert (await client.get("/readyz")).status_code == 200
        disk.fill()
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["detail"]) == (503, "Does not answer: database.")
        refused, stored = await _create_until_refused(client)
        assert (refused.status_code, refused.json()["type"]) == (503, "not-ready"), refused.text
        assert (await client.get("/healthz")).status_code == 200

        disk.empty()
        assert (await client.get("/readyz")).status_code == 200
        assert (await client.post(EVENTS, json=event_body())).status_code == 201
        assert len((await client.get(EVENTS, params={"limit": 200})).json()["items"]) == stored + 1


async def _create_until_refused(client: httpx.AsyncClient) -> tuple[httpx.Response, int]:
    """Creates events until one is refused; returns the refusal and the number of stored events."""
    stored = 0
    while (answer := await client.post(EVENTS, json=event_body(description="x" * 5000))).status_code == 201:
        stored += 1
        assert stored < 100, "the disk is not full"
    return answer, stored
