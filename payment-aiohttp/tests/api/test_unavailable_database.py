"""A database that cannot serve: 503 for every call that needs it, a red `/readyz`, a plain page for buyers."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit
from uuid import uuid4

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from payments.http.application import create_app
from payments.settings import Settings
from pydantic import PostgresDsn
from sqlalchemy.ext.asyncio import AsyncEngine
from support.databases import administer
from support.invoices import INVOICES, Document, Till, order, page_of

HTML = {"accept": "text/html"}
FORM = {**HTML, "content-type": "application/x-www-form-urlencoded"}
UNABLE = {
    "unreachable": "",
    "refusing the login": "ALTER ROLE {role} PASSWORD 'another'",
    "out of connections": "ALTER ROLE {role} CONNECTION LIMIT 0",
    "read-only": "ALTER ROLE {role} SET default_transaction_read_only = on",
}
"""What makes the database unable to serve the service's role; read-only still serves reads."""
BREAKING_FUNCTION = (
    "CREATE FUNCTION break_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {how}; RETURN NEW; END $$"
)
BREAKING_TRIGGER = "CREATE TRIGGER break_insert BEFORE INSERT ON invoices FOR EACH ROW EXECUTE FUNCTION break_insert()"
IN_THE_MIDDLE = {
    "its disk full": "RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'",
    "its files unreadable": "RAISE EXCEPTION 'could not read block 0' USING ERRCODE = 'io_error'",
    "shut down": "PERFORM pg_terminate_backend(pg_backend_pid()), pg_sleep(10)",
}


@pytest.fixture
def role(database_url: str) -> Iterator[str]:
    """An ordinary role of the session's database, whose limits bind, unlike a superuser's."""
    name = f"payment_role_{uuid4().hex[:12]}"
    administer(f"CREATE ROLE {name} LOGIN PASSWORD 'right'; GRANT pg_read_all_data, pg_write_all_data TO {name}")
    yield name
    administer(f"DROP ROLE {name}")


@pytest.fixture
def settings_of_role(settings: Settings, role: str) -> Settings:
    parts = urlsplit(settings.database_dsn())
    url = f"postgresql://{role}:right@{parts.hostname}:{parts.port}{parts.path}"
    return settings.model_copy(update={"database_url": PostgresDsn(url)})


@asynccontextmanager
async def serving(settings: Settings, headers: dict[str, str] | None = None) -> AsyncIterator[aiohttp.ClientSession]:
    """A caller of the service with these settings."""
    async with (
        TestServer(create_app(settings)) as server,
        aiohttp.ClientSession(server.make_url("/"), headers=headers) as client,
    ):
        yield client


@pytest.fixture(params=list(UNABLE))
async def unable(
    request: pytest.FixtureRequest, settings_of_role: Settings, role: str
) -> AsyncIterator[aiohttp.ClientSession]:
    """The service on a database that is unable in the way of the parameter."""
    settings = settings_of_role
    if request.param == "unreachable":
        settings = settings.model_copy(update={"database_url": PostgresDsn("postgresql://nobody@127.0.0.1:9/nothing")})
    else:
        administer(UNABLE[request.param].format(role=role))
    headers = {"authorization": f"Bearer {settings.api_keys['ticket'].key.get_secret_value()}"}
    async with serving(settings, headers) as client:
        yield client


async def is_not_ready(answer: aiohttp.ClientResponse) -> bool:
    problem = await answer.json(content_type="application/problem+json")
    assert "database" in problem["detail"], problem
    return (answer.status, problem["type"], answer.headers["Retry-After"]) == (503, "not-ready", "2")


async def test_a_call_that_changes_something_is_answered_with_503_and_when_to_come_again(
    till: Till, unable: aiohttp.ClientSession
) -> None:
    invoice = await till.make()
    calls: list[tuple[str, str, Document | None]] = [
        ("POST", INVOICES, order()),
        ("POST", f"{INVOICES}/void", {"reference": invoice["reference"]}),
        ("POST", page_of(invoice), None),
        ("PUT", "/api/v1/config/webhook", {"url": "http://127.0.0.1:9/elsewhere"}),
        ("PUT", "/simulation", {"failure_rate": 0.5}),
    ]
    for method, path, body in calls:
        async with unable.request(method, path, json=body) as answer:
            assert await is_not_ready(answer), path


async def test_the_service_lives_but_is_not_ready(unable: aiohttp.ClientSession) -> None:
    async with unable.get("/readyz") as answer:
        assert await is_not_ready(answer)
    for path in ("/healthz", "/metrics"):
        async with unable.get(path) as answer:
            assert answer.status == 200


@pytest.mark.parametrize("unable", [name for name in UNABLE if name != "read-only"], indirect=True)
async def test_reading_is_answered_with_503_too(till: Till, unable: aiohttp.ClientSession) -> None:
    for path in (INVOICES, "/api/v1/webhook-deliveries", "/simulation", f"{page_of(await till.make())}/status"):
        async with unable.get(path) as answer:
            assert await is_not_ready(answer), path


async def test_a_buyer_sees_a_plain_page_that_looks_again_by_itself(till: Till, unable: aiohttp.ClientSession) -> None:
    path = page_of(await till.make())
    async with unable.post(path, headers=FORM) as answer:
        text = await answer.text()
    assert (answer.status, answer.content_type, answer.headers["Retry-After"]) == (503, "text/html", "2")
    assert "Payments are not available just now" in text
    assert re.search(r'http-equiv="refresh" content="\d+"', text)
    async with unable.get(path, headers=HTML) as answer:
        assert answer.status in {200, 503}
        assert answer.content_type == "text/html"


@pytest.fixture
async def breaking(request: pytest.FixtureRequest, engine: AsyncEngine) -> AsyncIterator[None]:
    """A database that breaks in the way of the parameter while an invoice is being stored."""
    async with engine.begin() as connection:
        await connection.exec_driver_sql(BREAKING_FUNCTION.format(how=IN_THE_MIDDLE[request.param]))
        await connection.exec_driver_sql(BREAKING_TRIGGER)
    yield
    async with engine.begin() as connection:
        await connection.exec_driver_sql("DROP FUNCTION break_insert() CASCADE")


@pytest.mark.parametrize("breaking", list(IN_THE_MIDDLE), indirect=True)
@pytest.mark.usefixtures("breaking")
async def test_what_breaks_in_the_middle_is_answered_with_503_and_leaves_nothing(till: Till) -> None:
    async with till.client.post(INVOICES, json=order()) as answer:
        assert await is_not_ready(answer)
    _, listed = await till.call("GET", INVOICES)
    assert listed["items"] == []


async def test_readiness_tries_a_write_and_leaves_nothing_behind(settings: Settings, engine: AsyncEngine) -> None:
    """What a full disk does to it: `ticket-fastapi/tests/api/test_full_disk.py`, by the same probe."""
    table = "SELECT count(*) FROM pg_class WHERE relname = 'readiness'"
    async with serving(settings) as client, client.get("/readyz") as answer, engine.connect() as connection:
        assert answer.status == 200
        assert (await connection.exec_driver_sql(table)).scalar_one() == 1
    async with engine.connect() as connection:
        assert (await connection.exec_driver_sql(table)).scalar_one() == 0
