"""Fixtures on a real PostgreSQL: one database per session, emptied after each test."""

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
from support.payment_api import PaymentApi
from support.webhook_receiver import WebhookReceiver, running_receiver

from devstack.contract_answers import watched
from devstack.deadlines import stretched

SERVICE_KEY = "tests-ticket-key-0123456789abcdef"
READER_KEY = "tests-reader-key-0123456789abcdef"
WEBHOOK_SECRET = "whsec_dGVzdHMtd2ViaG9vay1zZWNyZXQtMDEyMzQ1Njc4OQ=="


LONGER_THAN_A_TEST = 600


def pytest_configure() -> None:
    if not os.environ.get("TEST_POSTGRES_URL"):
        pytest.exit("These tests need a PostgreSQL server: run ./dev test", returncode=4)
    # A busy machine must not look like a broken database; pytest's time-out ends a test that hangs.
    engine_module.COMMAND_SECONDS = engine_module.CHECKOUT_SECONDS = LONGER_THAN_A_TEST
    engine_module.CONNECT_SECONDS = LONGER_THAN_A_TEST
    # Plain lines, since structlog's coloured tracebacks take seconds to render.
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
    """Returns the URL of the session's database, which is migrated."""
    name = f"payment_test_{uuid4().hex[:12]}"
    administer(f"CREATE DATABASE {name}")
    url = f"{os.environ['TEST_POSTGRES_URL'].rpartition('/')[0]}/{name}"
    MIGRATIONS.upgrade(DatabaseSettings.model_validate({"database_url": url}))
    yield url
    administer(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def base_settings(database_url: str) -> Settings:
    """Returns settings with short waits and a failure rate of 0."""
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
            "allow_private_addresses": True,
            "sweep_seconds": 0.2,
        }
    )


@pytest.fixture
async def receiver() -> AsyncIterator[WebhookReceiver]:
    """Returns a running receiver of webhooks."""
    async with running_receiver(WEBHOOK_SECRET) as receiver:
        yield receiver


@pytest.fixture
def settings(base_settings: Settings, receiver: WebhookReceiver) -> Settings:
    """Returns settings whose webhooks go to `receiver`."""
    return base_settings.model_copy(update={"webhook_url": receiver.url})


@pytest.fixture(scope="session")
async def _session_engine(base_settings: Settings) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(base_settings, "payment-tests")
    yield engine
    await engine.dispose()


@pytest.fixture
async def engine(_session_engine: AsyncEngine) -> AsyncIterator[AsyncEngine]:
    """Returns an engine on a database whose tables are empty."""
    yield _session_engine
    async with _session_engine.begin() as connection:
        # On small tables DELETE is far faster than TRUNCATE. The role disables the triggers that check foreign keys.
        await connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        for table in metadata.tables:
            await connection.exec_driver_sql(f"DELETE FROM {table}")
        await connection.exec_driver_sql("INSERT INTO simulation (id) VALUES (1)")


@pytest.fixture
async def services(settings: Settings, engine: AsyncEngine) -> AsyncIterator[Services]:
    """Returns the shared objects that use cases work with, on an empty database."""
    async with open_services(settings, "payment-tests") as opened:
        yield opened


@pytest.fixture
async def client(settings: Settings, engine: AsyncEngine) -> AsyncIterator[aiohttp.ClientSession]:
    """Returns an HTTP client with every scope, connected to a running service."""
    async with TestServer(create_app(settings)) as server:
        headers = {"authorization": f"Bearer {SERVICE_KEY}"}
        async with aiohttp.ClientSession(server.make_url("/"), headers=headers) as session:
            yield session


@pytest.fixture
def api(client: aiohttp.ClientSession) -> PaymentApi:
    """Returns the calls of ticket and of a buyer to the running service."""
    return PaymentApi(client)


@pytest.fixture
async def worker(services: Services) -> AsyncIterator[None]:
    """Runs a worker beside the test."""
    stop = asyncio.Event()
    running = asyncio.create_task(run_worker(services, stop))
    yield
    stop.set()
    await asyncio.wait_for(running, stretched(20))
