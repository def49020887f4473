"""The migrations build exactly the schema of the models."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import closing
from uuid import uuid4

import psycopg2
import pytest
import sqlalchemy as sa
from alembic import command
from payments.db.tables import metadata
from payments.migrate import MIGRATIONS
from servicekit.settings import DatabaseSettings
from support.databases import administer
from support.process import SOURCES

from devstack.schema_catalog import schema_catalog


@pytest.fixture
def fresh() -> Iterator[DatabaseSettings]:
    name = f"payment_test_{uuid4().hex[:12]}"
    administer(f"CREATE DATABASE {name}")
    url = f"{os.environ['TEST_POSTGRES_URL'].rpartition('/')[0]}/{name}"
    yield DatabaseSettings.model_validate({"database_url": url})
    administer(f"DROP DATABASE {name} WITH (FORCE)")


def test_a_migrated_schema_equals_a_fresh_one(fresh: DatabaseSettings, database_url: str) -> None:
    engine = sa.create_engine(fresh.database_url_for("psycopg2"), poolclass=sa.pool.NullPool)
    metadata.create_all(engine)
    engine.dispose()
    migrated = schema_catalog(database_url)
    assert migrated == schema_catalog(fresh.database_dsn())
    assert {name for kind, name, *_ in migrated if kind == "column"} == set(metadata.tables)


def test_models_and_migrations_agree_and_migrating_again_is_harmless(fresh: DatabaseSettings) -> None:
    MIGRATIONS.upgrade(fresh)
    MIGRATIONS.upgrade(fresh)
    assert MIGRATIONS.differences(fresh) is None


def test_a_difference_is_found(fresh: DatabaseSettings) -> None:
    MIGRATIONS.upgrade(fresh)
    with closing(psycopg2.connect(fresh.database_dsn())) as connection:
        connection.cursor().execute("ALTER TABLE invoices DROP COLUMN amount")
        connection.commit()
    assert "amount" in str(MIGRATIONS.differences(fresh))


def test_every_migration_can_be_downgraded(fresh: DatabaseSettings) -> None:
    MIGRATIONS.upgrade(fresh)
    command.downgrade(MIGRATIONS.config(fresh), "base")
    assert schema_catalog(fresh.database_dsn()) == set()
    MIGRATIONS.upgrade(fresh)


async def test_two_processes_can_migrate_at_the_same_time(fresh: DatabaseSettings) -> None:
    env = {**os.environ, "DATABASE_URL": str(fresh.database_url), "PYTHONPATH": SOURCES}
    started = [
        await asyncio.create_subprocess_exec(sys.executable, "-m", "payments.migrate", env=env) for _ in range(2)
    ]
    assert [await process.wait() for process in started] == [0, 0]
    assert await asyncio.to_thread(MIGRATIONS.differences, fresh) is None
