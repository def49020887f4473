"""Fixtures of all tests: one PostgreSQL database per session, which is emptied after each test."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import httpx
import psycopg2
import pytest
import structlog
from asgi_lifespan import LifespanManager
from fastapi import FastAPI
from organizer_simulator.http import problems as organizer_problems
from servicekit.db import engine as engine_module
from servicekit.db.engine import create_engine
from servicekit.problems import document
from servicekit.settings import DatabaseSettings
from sqlalchemy.ext.asyncio import AsyncEngine
from support import engines
from support.applications import ANY_VERSION, ticket_app
from support.server import serve
from ticketing.http import problems
from ticketing.migrate import MIGRATIONS
from ticketing.services import Services, open_services
from ticketing.settings import Settings

from devstack.contract_answers import watched

SERVICE_KEY = "tests-client-key-0123456789abcdef"
LONGER_THAN_A_TEST = 600
CLIENT_HEADERS = {"authorization": f"Bearer {SERVICE_KEY}", **ANY_VERSION}
WEBHOOK_SECRET = "whsec_dGVzdHMtd2ViaG9vay1zZWNyZXQtMDEyMzQ1Njc4OQ=="


def pytest_configure() -> None:
    if not os.environ.get("TEST_POSTGRES_URL"):
        pytest.exit("These tests need a PostgreSQL server: run ./dev test", returncode=4)
    # On a busy machine statements are slow although the database is well; pytest's time-out ends a test that hangs.
    engine_module.COMMAND_SECONDS = engine_module.CHECKOUT_SECONDS = LONGER_THAN_A_TEST
    # structlog's default draws coloured tracebacks, which takes seconds; plain lines are fast.
    structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()])


def _administer(statement: str) -> None:
    connection = psycopg2.connect(os.environ["TEST_POSTGRES_URL"])
    try:
        connection.autocommit = True
        connection.cursor().execute(statement)
    finally:
        connection.close()


@pytest.fixture(autouse=True)
def problems_as_the_contract_names_them(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fails the test if a problem of ticket or of the organizer simulator has other members than the contract names."""
    found: list[str] = []
    for module in (problems, organizer_problems):
        monkeypatch.setattr(module, "document", watched(document, found))
    yield
    assert found == []


@pytest.fixture(scope="session")
def empty_database_url() -> Iterator[str]:
    """The URL of a database without tables; it is dropped after the session."""
    name = f"ticket_test_{uuid4().hex[:12]}"
    _administer(f"CREATE DATABASE {name}")
    yield f"{os.environ['TEST_POSTGRES_URL'].rpartition('/')[0]}/{name}"
    _administer(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def database_url(empty_database_url: str) -> str:
    """The URL of the session's database, with all migrations applied."""
    MIGRATIONS.upgrade(DatabaseSettings(database_url=empty_database_url))  # type: ignore[arg-type]
    return empty_database_url


@pytest.fixture(scope="session")
def settings(database_url: str) -> Settings:
    """Settings with short waits; a test changes some with `settings.model_copy(update={...})`."""
    return Settings.model_validate(
        {
            "database_url": database_url,
            "database_pool_size": 10,
            "api_keys": {"client": {"key": SERVICE_KEY, "scopes": ["*"]}},
            "payment_url": "http://127.0.0.1:9/",
            "allow_private_addresses": True,
            "payment_api_key": "tests-payment-key-0123456789abcdef",
            "ticket_webhook_secret": WEBHOOK_SECRET,
            "client_webhook_url": "http://127.0.0.1:9/webhooks/ticket",
            "client_webhook_secret": WEBHOOK_SECRET,
            "s3_endpoint": os.environ.get("TEST_S3_ENDPOINT", "http://127.0.0.1:9"),
            "s3_public_endpoint": os.environ.get("TEST_S3_ENDPOINT", "http://127.0.0.1:9"),
            "s3_bucket": f"tickets-{uuid4().hex[:12]}",
            "s3_access_key": os.environ.get("TEST_S3_ACCESS_KEY", "none"),
            "s3_secret_key": os.environ.get("TEST_S3_SECRET_KEY", "none-at-all"),
        }
    )


@pytest.fixture(scope="session")
async def _session_engine(settings: Settings) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(settings, "ticket-tests")
    async with engines.reused_engines(settings.database_dsn()):
        yield engine
    await engine.dispose()


@pytest.fixture
async def engine(_session_engine: AsyncEngine) -> AsyncIterator[AsyncEngine]:
    """An engine on the session's database, whose tables are empty."""
    yield _session_engine
    await engines.empty_tables(_session_engine)


@pytest.fixture
async def services(settings: Settings, engine: AsyncEngine) -> AsyncIterator[Services]:
    """The shared objects that lanes and use cases work with, on an empty database."""
    async with open_services(settings, "ticket-tests") as services:
        yield services


@pytest.fixture
async def app(settings: Settings, engine: AsyncEngine) -> AsyncIterator[FastAPI]:
    """The started application, on an empty database."""
    with ticket_app(settings) as application:
        async with LifespanManager(application):
            yield application


@pytest.fixture
async def app_client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client with every scope that calls the application directly, without a socket."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://ticket",
        headers=CLIENT_HEADERS,
    ) as client:
        yield client


@pytest.fixture
async def live_client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client with every scope that calls the real HTTP server over a socket."""
    async with (
        serve(app) as url,
        httpx.AsyncClient(base_url=url, headers=CLIENT_HEADERS, verify=False) as client,
    ):
        yield client
