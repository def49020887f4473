"""While the database is unavailable, calls are answered with 503, `/readyz` fails, and buyers see a plain page."""

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
from support.payment_api import INVOICES, Document, PaymentApi, invoice_request, page_path

HTML = {"accept": "text/html"}
FORM = {**HTML, "content-type": "application/x-www-form-urlencoded"}
IMPAIRMENTS = {
    "unreachable": "",
    "refusing the login": "ALTER ROLE {role} PASSWORD 'another'",
    "out of connections": "ALTER ROLE {role} CONNECTION LIMIT 0",
    "read-only": "ALTER ROLE {role} SET default_transaction_read_only = on",
}
"""Statements that make the database unavailable to the service's role; a read-only database still serves reads."""
BREAKING_FUNCTION = (
    "CREATE FUNCTION break_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {how}; RETURN NEW; END $$"
)
BREAKING_TRIGGER = "CREATE TRIGGER break_insert BEFORE INSERT ON invoices FOR EACH ROW EXECUTE FUNCTION break_insert()"
INSERT_ERRORS = {
    "its disk full": "RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'",
    "its files unreadable": "RAISE EXCEPTION 'could not read block 0' USING ERRCODE = 'io_error'",
    "shut down": "PERFORM pg_terminate_backend(pg_backend_pid()), pg_sleep(10)",
}


@pytest.fixture
def role(database_url: str) -> Iterator[str]:
    """Returns an ordinary role, whose limits are enforced, unlike those of a superuser."""
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
async def running_service(
    settings: Settings, headers: dict[str, str] | None = None
) -> AsyncIterator[aiohttp.ClientSession]:
    """Runs the service with these settings; returns an HTTP client for it."""
    async with (
        TestServer(create_app(settings)) as server,
        aiohttp.ClientSession(server.make_url("/"), headers=headers) as client,
    ):
        yield client


@pytest.fixture(params=list(IMPAIRMENTS))
async def impaired(
    request: pytest.FixtureRequest, settings_of_role: Settings, role: str
) -> AsyncIterator[aiohttp.ClientSession]:
    """Returns a client of a service whose database is unavailable in the way that the parameter names."""
    settings = settings_of_role
    if request.param == "unreachable":
        settings = settings.model_copy(update={"database_url": PostgresDsn("postgresql://nobody@127.0.0.1:9/nothing")})
    else:
        administer(IMPAIRMENTS[request.param].format(role=role))
    headers = {"authorization": f"Bearer {settings.api_keys['ticket'].key.get_secret_value()}"}
    async with running_service(settings, headers) as client:
        yield client


async def is_not_ready(answer: aiohttp.ClientResponse) -> bool:
    problem = await answer.json(content_type="application/problem+json")
    assert "database" in problem["detail"], problem
    return (answer.status, problem["type"], answer.headers["Retry-After"]) == (503, "not-ready", "2")


async def test_a_call_that_writes_is_answered_with_503_and_retry_after(
    api: PaymentApi, impaired: aiohttp.ClientSession
) -> None:
    invoice = await api.create_invoice()
    calls: list[tuple[str, str, Document | None]] = [
        ("POST", INVOICES, invoice_request()),
        ("POST", f"{INVOICES}/void", {"reference": invoice["reference"]}),
        ("POST", page_path(invoice), None),
        ("PUT", "/api/v1/config/webhook", {"url": "http://127.0.0.1:9/elsewhere"}),
        ("PUT", "/simulation", {"failure_rate": 0.5}),
    ]
    for method, path, body in calls:
        async with impaired.request(method, path, json=body) as answer:
            assert await is_not_ready(answer), path


async def test_the_service_is_alive_but_not_ready(impaired: aiohttp.ClientSession) -> None:
    async with impaired.get("/readyz") as answer:
        assert await is_not_ready(answer)
    for path in ("/healthz", "/metrics"):
        async with impaired.get(path) as answer:
            assert answer.status == 200


@pytest.mark.parametrize("impaired", [name for name in IMPAIRMENTS if name != "read-only"], indirect=True)
async def test_a_call_that_reads_is_answered_with_503(api: PaymentApi, impaired: aiohttp.ClientSession) -> None:
    for path in (
        INVOICES,
        "/api/v1/webhook-deliveries",
        "/simulation",
        f"{page_path(await api.create_invoice())}/status",
    ):
        async with impaired.get(path) as answer:
            assert await is_not_ready(answer), path


async def test_a_buyer_sees_a_plain_page_that_reloads_itself(
    api: PaymentApi, impaired: aiohttp.ClientSession, request: pytest.FixtureRequest
) -> None:
    path = page_path(await api.create_invoice())
    async with impaired.post(path, headers=FORM) as answer:
        text = await answer.text()
    assert (answer.status, answer.content_type, answer.headers["Retry-After"]) == (503, "text/html", "2")
    assert "Payments are not available just now" in text
    assert re.search(r'http-equiv="refresh" content="\d+"', text)
    async with impaired.get(path, headers=HTML) as answer:
        can_read = request.node.callspec.params["impaired"] == "read-only"
        assert answer.status == (200 if can_read else 503)
        assert answer.content_type == "text/html"


@pytest.fixture
async def failing_insert(request: pytest.FixtureRequest, engine: AsyncEngine) -> AsyncIterator[None]:
    """Makes every insert of an invoice fail in the way that the parameter names."""
    async with engine.begin() as connection:
        await connection.exec_driver_sql(BREAKING_FUNCTION.format(how=INSERT_ERRORS[request.param]))
        await connection.exec_driver_sql(BREAKING_TRIGGER)
    yield
    async with engine.begin() as connection:
        await connection.exec_driver_sql("DROP FUNCTION break_insert() CASCADE")


@pytest.mark.parametrize("failing_insert", list(INSERT_ERRORS), indirect=True)
@pytest.mark.usefixtures("failing_insert")
async def test_an_insert_that_fails_is_answered_with_503_and_leaves_no_row(api: PaymentApi) -> None:
    async with api.client.post(INVOICES, json=invoice_request()) as answer:
        assert await is_not_ready(answer)
    _, listed = await api.call("GET", INVOICES)
    assert listed["items"] == []


async def test_readiness_tries_a_write_and_leaves_no_table(settings: Settings, engine: AsyncEngine) -> None:
    """`ticket-fastapi/tests/api/test_full_disk.py` tests the same probe on a full disk."""
    table = "SELECT count(*) FROM pg_class WHERE relname = 'readiness'"
    async with running_service(settings) as client, client.get("/readyz") as answer, engine.connect() as connection:
        assert answer.status == 200
        assert (await connection.exec_driver_sql(table)).scalar_one() == 1
    async with engine.connect() as connection:
        assert (await connection.exec_driver_sql(table)).scalar_one() == 0
