"""What callers see while the database is unavailable, and how the service recovers by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from servicekit.db.availability import is_unavailable
from sqlalchemy.ext.asyncio import AsyncEngine
from support.applications import ANY_VERSION
from support.catalog import event_body, make_event
from support.server import serve
from support.ticket_system import TicketSystem
from ticketing.http.app import create_app
from ticketing.settings import Settings

EVENTS = "/api/v1/events"


async def test_lost_connections_are_replaced_before_they_are_used(
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


async def test_an_unreachable_database_is_answered_with_not_ready(settings: Settings) -> None:
    nowhere = settings.model_copy(update={"database_url": "postgresql://nobody@127.0.0.1:9/nothing"})
    app: FastAPI = create_app(nowhere)
    key = settings.api_keys["client"].key.get_secret_value()
    async with (
        app.router.lifespan_context(app),
        serve(app) as url,
        httpx.AsyncClient(base_url=url, headers={"authorization": f"Bearer {key}"}) as client,
    ):
        answer = await client.get(EVENTS)
    assert_not_ready(answer)
    assert "127.0.0.1" not in answer.text


def assert_not_ready(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json"), answer.text
    assert answer.json()["type"] == "not-ready"
    assert answer.headers["retry-after"] == "2"


@asynccontextmanager
async def on_database(settings: Settings, url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Starts the service on another database; yields an HTTP client with every scope."""
    app = create_app(settings.model_copy(update={"database_url": url, "database_pool_size": 2}))
    key = settings.api_keys["client"].key.get_secret_value()
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False),
            base_url="http://ticket",
            headers={"authorization": f"Bearer {key}", **ANY_VERSION},
        ) as client,
    ):
        yield client


@asynccontextmanager
async def login(engine: AsyncEngine, settings: Settings, *words: str) -> AsyncIterator[str]:
    """Creates a role with these properties; yields the URL of the test's database for the role."""
    role, password = f"role_{uuid4().hex[:8]}", uuid4().hex
    address = urlsplit(settings.database_dsn())
    async with engine.begin() as connection:
        await connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN PASSWORD '{password}'")
        for statement in words:
            await connection.exec_driver_sql(f"ALTER ROLE {role} {statement}")
    yield f"postgresql://{role}:{password}@{address.hostname}:{address.port}{address.path}"
    async with engine.begin() as connection:
        await connection.exec_driver_sql(f"DROP ROLE {role}")


@asynccontextmanager
async def inserting_into(engine: AsyncEngine, table: str, what: str) -> AsyncIterator[None]:
    """While the block runs, PostgreSQL does `what` before each insert into the table."""
    async with engine.begin() as connection:
        await connection.exec_driver_sql(
            f"CREATE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {what}; RETURN NEW; END $$"
        )
        await connection.exec_driver_sql(
            f"CREATE TRIGGER trouble BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION trouble()"
        )
    try:
        yield
    finally:
        async with engine.begin() as connection:
            await connection.exec_driver_sql("DROP FUNCTION trouble CASCADE")


async def test_too_many_connections_are_answered_with_not_ready(settings: Settings, engine: AsyncEngine) -> None:
    async with login(engine, settings, "CONNECTION LIMIT 0") as url, on_database(settings, url) as client:
        assert_not_ready(await client.get(EVENTS))
        ready = await client.get("/readyz")
        assert_not_ready(ready)
        assert "database" in ready.json()["detail"]


async def test_a_read_only_database_serves_readers_and_is_not_ready(
    app_client: httpx.AsyncClient, settings: Settings, engine: AsyncEngine
) -> None:
    event = await make_event(app_client)
    async with (
        login(engine, settings, "SUPERUSER", "SET default_transaction_read_only = on") as url,
        on_database(settings, url) as client,
    ):
        assert (await client.get(f"{EVENTS}/{event['id']}")).status_code == 200
        assert_not_ready(await client.post(EVENTS, json=event_body()))
        assert_not_ready(await client.patch(f"{EVENTS}/{event['id']}", json={"name": "Another"}))
        ready = await client.get("/readyz")
        assert_not_ready(ready)
        assert "database" in ready.json()["detail"]


TROUBLE = {
    "the disk is full": "RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'",
    "the disk gives errors": "RAISE EXCEPTION 'could not write' USING ERRCODE = '58030'",
    "an administrator ends the connection": "PERFORM pg_terminate_backend(pg_backend_pid())",
}


@pytest.mark.parametrize("what", TROUBLE.values(), ids=TROUBLE.keys())
async def test_a_failing_database_is_answered_with_not_ready_at_every_statement(
    system: TicketSystem, what: str
) -> None:
    """Taking and confirming seats calls the driver directly; other statements go through SQLAlchemy."""
    event, (seat, *_) = await system.create_event()
    organizer = event["organizer"]["slug"]
    engine = system.services.engine
    async with inserting_into(engine, "events", what):
        assert_not_ready(await system.client.post(EVENTS, json=event_body(organizer=organizer)))
    async with inserting_into(engine, "bookings", what):
        assert_not_ready(await system.client.post("/api/v1/bookings", json=system.booking_request(event, [seat])))
    assert (await system.seat(seat["id"]))["status"] == "OPEN"
    async with inserting_into(engine, "webhook_deliveries", what):
        answer = await system.client.post("/api/v1/bookings", json=system.booking_request(event, [seat]))
        assert_not_ready(answer)
    await system.make_work_due()
    await system.run_until_idle()
    (booking,) = await system.bookings_of(event)
    assert booking["status"] != "HOLDING", "a worker continues the stored booking"


async def test_a_defect_of_a_statement_is_an_internal_error(system: TicketSystem) -> None:
    event, _ = await system.create_event()
    async with inserting_into(system.services.engine, "events", "RAISE EXCEPTION 'a defect'"):
        answer = await system.client.post(EVENTS, json=event_body(organizer=event["organizer"]["slug"]))
    assert (answer.status_code, answer.json()["type"]) == (500, "internal-error")


@pytest.mark.parametrize(
    ("error", "unavailable"),
    [
        (asyncpg.CannotConnectNowError("starting up"), True),
        (asyncpg.DiskFullError("no space"), True),
        (asyncpg.ReadOnlySQLTransactionError("read-only"), True),
        (asyncpg.TooManyConnectionsError("too many"), True),
        (asyncpg.AdminShutdownError("shut down"), True),
        (asyncpg.InvalidPasswordError("refused"), True),
        (asyncpg.InternalClientError("cannot switch to state 11"), True),
        (asyncpg.InterfaceError("connection is closed"), True),
        (ConnectionRefusedError(), True),
        (TimeoutError(), True),
        (sa.exc.TimeoutError(), True),
        (asyncpg.InvalidTransactionStateError("a defect"), False),
        (asyncpg.UniqueViolationError("a defect"), False),
        (asyncpg.exceptions._base.DataError("invalid input for query argument"), False),
        (ValueError("a defect"), False),
    ],
)
def test_errors_of_an_unavailable_database_are_distinguished_from_defects(
    error: BaseException, unavailable: bool
) -> None:
    assert is_unavailable(error) is unavailable
