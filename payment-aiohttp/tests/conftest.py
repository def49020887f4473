"""A real PostgreSQL for every test: one database per session, emptied between the tests."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import aiohttp
import pytest
import structlog
from aiohttp.test_utils import TestServer
from payments.db.tables import metadata
from payments.http import problems
from payments.http.application import create_app
from payments.migrate import MIGRATIONS
from payments.services import Services, open_services
from payments.settings import Settings
from payments.worker import run_worker
from servicekit.db import engine as engine_module
from servicekit.db.engine import create_engine
from servicekit.problems import document
from servicekit.settings import DatabaseSettings
from sqlalchemy.ext.asyncio import AsyncEngine
from support.databases import administer
from support.invoices import Till
from support.receiver import Receiver, receive_webhooks

from devstack.contract_answers import watched
from devstack.deadlines import stretched

SERVICE_KEY = "tests-ticket-key-0123456789abcdef"
READER_KEY = "tests-reader-key-0123456789abcdef"
WEBHOOK_SECRET = "whsec_dGVzdHMtd2ViaG9vay1zZWNyZXQtMDEyMzQ1Njc4OQ=="


LONGER_THAN_A_TEST = 600


def pytest_configure() -> None:
    if not os.environ.get("TEST_POSTGRES_URL"):
        pytest.exit("These tests need a PostgreSQL server: run ./dev test", returncode=4)
    # A busy machine is no broken database; what really hangs is ended by the time-out of its test.
    engine_module.COMMAND_SECONDS = engine_module.CHECKOUT_SECONDS = LONGER_THAN_A_TEST
    engine_module.CONNECT_SECONDS = LONGER_THAN_A_TEST
    # Plain lines: the coloured tracebacks of structlog's default take seconds to draw.
    structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()])


@pytest.fixture(autouse=True)
def problems_as_the_contract_names_them(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every problem that payment answers has its members of the contract, and no others."""
    found: list[str] = []
    monkeypatch.setattr(problems, "document", watched(document, found))
    yield
    assert found == []


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """The session's database, migrated."""
    name = f"payment_test_{uuid4().hex[:12]}"
    administer(f"CREATE DATABASE {name}")
    url = f"{os.environ['TEST_POSTGRES_URL'].rpartition('/')[0]}/{name}"
    MIGRATIONS.upgrade(DatabaseSettings.model_validate({"database_url": url}))
    yield url
    administer(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def base_settings(database_url: str) -> Settings:
    """Settings with short waits and no chance."""
    return Settings.model_validate(
        {
            "database_url": database_url,
            "api_keys": {
                "ticket": {"key": SERVICE_KEY, "scopes": ["*"]},
                "reader": {"key": READER_KEY, "scopes": ["invoices:read"]},
            },
            "public_url": "http://pay.test",
            "webhook_url": "http://127.0.0.1:9/webhooks/payment",
            "webhook_secret": WEBHOOK_SECRET,
            "payment_failure_rate": 0,
            "payment_processing_seconds": 0,
            "simulation_controls": True,
            "sweep_seconds": 0.2,
        }
    )


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """The other end of the webhooks."""
    async with receive_webhooks(WEBHOOK_SECRET) as receiver:
        yield receiver


@pytest.fixture
def settings(base_settings: Settings, receiver: Receiver) -> Settings:
    """Settings whose webhooks go to `receiver`."""
    return base_settings.model_copy(update={"webhook_url": receiver.url})


@pytest.fixture(scope="session")
async def _session_engine(base_settings: Settings) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(base_settings, "payment-tests")
    yield engine
    await engine.dispose()


@pytest.fixture
async def engine(_session_engine: AsyncEngine) -> AsyncIterator[AsyncEngine]:
    """An engine on a database whose tables are empty."""
    yield _session_engine
    async with _session_engine.begin() as connection:
        # Far faster than TRUNCATE when there is little in them; without the triggers that would check foreign keys.
        await connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        for table in metadata.tables:
            await connection.exec_driver_sql(f"DELETE FROM {table}")
        await connection.exec_driver_sql("INSERT INTO simulation (id) VALUES (1)")


@pytest.fixture
async def services(settings: Settings, engine: AsyncEngine) -> AsyncIterator[Services]:
    """What jobs and use cases get, on an empty database."""
    async with open_services(settings, "payment-tests") as opened:
        yield opened


@pytest.fixture
async def client(settings: Settings, engine: AsyncEngine) -> AsyncIterator[aiohttp.ClientSession]:
    """A caller with every scope, over a real socket and the real HTTP server."""
    async with TestServer(create_app(settings)) as server:
        headers = {"authorization": f"Bearer {SERVICE_KEY}"}
        async with aiohttp.ClientSession(server.make_url("/"), headers=headers) as session:
            yield session


@pytest.fixture
def till(client: aiohttp.ClientSession) -> Till:
    """Invoices made and paid over HTTP."""
    return Till(client)


@pytest.fixture
async def worker(services: Services) -> AsyncIterator[None]:
    """A worker that runs beside the test."""
    stop = asyncio.Event()
    running = asyncio.create_task(run_worker(services, stop))
    yield
    stop.set()
    await asyncio.wait_for(running, stretched(20))
