"""A real PostgreSQL: one database per session, with one table."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from uuid import uuid4

import psycopg2
import pytest
from servicekit.db.engine import create_engine
from servicekit.settings import ServiceSettings
from sqlalchemy.ext.asyncio import AsyncEngine
from support.parts import ExampleParts

KEY = "tests-example-key-0123456789abcdef"


def pytest_configure() -> None:
    if not os.environ.get("TEST_POSTGRES_URL"):
        pytest.exit("These tests need a PostgreSQL server: run ./dev test", returncode=4)


def administer(statement: str, url: str | None = None) -> None:
    with closing(psycopg2.connect(url or os.environ["TEST_POSTGRES_URL"])) as connection:
        connection.autocommit = True
        connection.cursor().execute(statement)


@pytest.fixture(scope="session")
def settings() -> Iterator[ServiceSettings]:
    """Settings of an example service on a database of the session's own."""
    name = f"kit_test_{uuid4().hex[:12]}"
    administer(f"CREATE DATABASE {name}")
    url = f"{os.environ['TEST_POSTGRES_URL'].rpartition('/')[0]}/{name}"
    administer("CREATE TABLE example ()", url)
    yield ServiceSettings.model_validate(
        {"database_url": url, "api_keys": {"example": {"key": KEY, "scopes": ["*"]}}, "sweep_seconds": 0.2}
    )
    administer(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
async def engine(settings: ServiceSettings) -> AsyncIterator[AsyncEngine]:
    """An engine on the session's database."""
    engine = create_engine(settings, "kit-tests")
    yield engine
    await engine.dispose()


@pytest.fixture
def parts(settings: ServiceSettings, engine: AsyncEngine) -> ExampleParts:
    """What lanes get."""
    return ExampleParts(settings, engine)
