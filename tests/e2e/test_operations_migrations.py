"""The migrations of every service go down and up again, by the commands of the operations guide."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg2
import pytest

from tests.operations.commands import run
from tests.support.stack import RunningStack

SERVICES = ("client", "ticket", "payment")
ALEMBIC = ("TICKET_DATABASE_URL", "PAYMENT_DATABASE_URL")
Schema = set[tuple[str, str]]


@pytest.fixture
def scratch(stack: RunningStack) -> Iterator[dict[str, str]]:
    """`…_DATABASE_URL` of three empty databases on the stack's server, gone afterwards."""
    password = json.loads((stack.home / "secrets.json").read_text())["postgres_password"]
    port = urlsplit(stack.environment.ticket_database_url).port
    server = f"postgresql://postgres:{password}@127.0.0.1:{port}"
    names = {service: f"scratch_{service}_{uuid4().hex[:8]}" for service in SERVICES}
    with closing(psycopg2.connect(f"{server}/postgres")) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        for name in names.values():
            cursor.execute(f"CREATE DATABASE {name}")
        try:
            yield {f"{service.upper()}_DATABASE_URL": f"{server}/{name}" for service, name in names.items()}
        finally:
            for name in names.values():
                cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def columns(url: str) -> Schema:
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'")
        return set(cursor.fetchall())


def test_each_database_is_migrated_up_one_step_down_and_up_again_and_once_more_changes_nothing(
    stack: RunningStack, scratch: dict[str, str]
) -> None:
    run(stack.home, "migrate up", **scratch)
    newest = {name: columns(url) for name, url in scratch.items()}
    assert ("bookings", "invoice_version") in newest["TICKET_DATABASE_URL"]
    assert ("invoices", "number") in newest["PAYMENT_DATABASE_URL"]
    assert ("accounts_user", "email") in newest["CLIENT_DATABASE_URL"]

    versions = {name: alembic_version(scratch[name]) for name in ALEMBIC}
    run(stack.home, "migrate down", **scratch)
    assert all(alembic_version(scratch[name]) != versions[name] for name in ALEMBIC)
    assert _applied(scratch["CLIENT_DATABASE_URL"], "api") == ["0001_initial"]

    for _ in range(2):
        run(stack.home, "migrate up", **scratch)
        assert {name: columns(url) for name, url in scratch.items()} == newest


def alembic_version(url: str) -> list[str]:
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT version_num FROM alembic_version")
        return [version for (version,) in cursor.fetchall()]


def _applied(url: str, app: str) -> list[str]:
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT name FROM django_migrations WHERE app = %s ORDER BY name", (app,))
        return [name for (name,) in cursor.fetchall()]
