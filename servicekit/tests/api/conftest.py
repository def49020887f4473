"""A real PostgreSQL: one database per session with PgQueuer's tables, emptied between the tests."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from uuid import uuid4

import asyncpg
import psycopg2
import pytest
from pgqueuer import Queries
from servicekit.db.engine import create_engine
from servicekit.settings import ServiceSettings
from sqlalchemy.ext.asyncio import AsyncEngine
from support.parts import ExampleParts

KEY = "tests-example-key-0123456789abcdef"


def pytest_configure() -> None:
    if not os.environ.get("TEST_POSTGRES_URL"):
        pytest.exit("These tests need a PostgreSQL server: run ./dev test", returncode=4)


def administer(statement: str) -> None:
    with closing(psycopg2.connect(os.environ["TEST_POSTGRES_URL"])) as connection:
        connection.autocommit = True
        connection.cursor().execute(statement)


async def _install_queue(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await Queries.from_asyncpg_connection(connection).install()
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def settings() -> Iterator[ServiceSettings]:
    """Settings of an example service on a database of the session's own."""
    name = f"kit_test_{uuid4().hex[:12]}"
    administer(f"CREATE DATABASE {name}")
    url = f"{os.environ['TEST_POSTGRES_URL'].rpartition('/')[0]}/{name}"
    asyncio.run(_install_queue(url))
    yield ServiceSettings.model_validate(
        {"database_url": url, "api_keys": {"example": {"key": KEY, "scopes": ["*"]}}, "sweep_seconds": 0.2}
    )
    administer(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
async def _session_engine(settings: ServiceSettings) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(settings, "kit-tests")
    yield engine
    await engine.dispose()


@pytest.fixture
async def engine(_session_engine: AsyncEngine) -> AsyncIterator[AsyncEngine]:
    """An engine on a database without jobs."""
    yield _session_engine
    async with _session_engine.begin() as connection:
        for table in ("pgqueuer", "pgqueuer_log", "pgqueuer_statistics"):
            await connection.exec_driver_sql(f"DELETE FROM {table}")


@pytest.fixture
def parts(settings: ServiceSettings, engine: AsyncEngine) -> ExampleParts:
    """What jobs get, on an empty database."""
    return ExampleParts(settings, engine)
