"""The previous release's code works on each new schema (docs/versioning.md), because migrations only add.

`test_previous_release.py` runs the code of one release; this test covers every migration, also without the repository's
history. It checks what statements depend on: it applies the migrations of each service one by one to PostgreSQL, and
compares the schemas before and after each.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import psycopg2
import pytest

from devstack.deadlines import stretched
from tests.contracts.schema_changes import breaking_changes, read_schema

REPOSITORY = Path(__file__).resolve().parents[2]
PGQUEUER = [
    f"table {table} is dropped" for table in ("pgqueuer", "pgqueuer_log", "pgqueuer_schedules", "pgqueuer_statistics")
]
EXCEPTIONS: dict[str, dict[str, list[str]]] = {
    "ticket-fastapi": {
        # Only deliveries that are not PENDING get NULL; the previous release reads the column of PENDING ones alone.
        "0006": ["column webhook_deliveries.next_attempt_at may become NULL"],
        # The previous release's worker needs PgQueuer: stop its processes before this migration.
        "0007": PGQUEUER,
    },
    "payment-aiohttp": {
        # The previous release's worker needs PgQueuer: stop its processes before this migration.
        "0003": PGQUEUER,
    },
    "client-django": {
        # PostgreSQL casts what the previous release writes, and Django reads JSON from text as well.
        "edge/0003_answers_as_text": ["column api_idempotencykey.body changes from jsonb to text"],
    },
}
"""Breaking changes that were decided on, by service and migration; each new one needs its reason here."""
SCRIPTS = {
    "ticket-fastapi": "src/ticketing/migrations",
    "payment-aiohttp": "src/payments/migrations",
}
CLIENT = {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "SECRET_KEY": "a-secret-key-for-nothing-but-this-test-of-migrations-0",
    "TICKET_URL": "http://127.0.0.1:9",
    "TICKET_API_KEY": "client-key-client-key-client-key",
    "CLIENT_WEBHOOK_SECRET": "whsec_AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",
    "VIEWER_ADDRESS_SECRET": "whsec_AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",
    "FRONTEND_URL": "http://127.0.0.1:8501",
    "ALLOWED_HOSTS": "127.0.0.1",
}


@pytest.fixture
def database_url() -> Iterator[str]:
    """The URL of an empty database, which is dropped afterwards."""
    server, name = os.environ["TEST_POSTGRES_URL"], f"migrations_{uuid4().hex[:12]}"
    _execute(server, f"CREATE DATABASE {name}")
    yield f"{server.rpartition('/')[0]}/{name}"
    _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


def _execute(url: str, *statements: str) -> None:
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        for statement in statements:
            connection.cursor().execute(statement)


def _breaking_changes_of(service: str, database_url: str) -> dict[str, list[str]]:
    """Returns the breaking changes of each migration of the service."""
    folder = REPOSITORY / service
    sources = (folder / "src" if service in SCRIPTS else folder, REPOSITORY / "servicekit/src", REPOSITORY)
    tool = ["alembic", str(folder / SCRIPTS[service])] if service in SCRIPTS else ["django"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.contracts.migrate_stepwise", *tool],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(map(str, sources)),
            "DATABASE_URL": database_url,
            **CLIENT,
        },
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=stretched(120),
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


def _migrations_of(service: str) -> set[str]:
    """Returns the names of the service's migrations, without those of Django's own apps."""
    if service in SCRIPTS:
        return {path.name[:4] for path in (REPOSITORY / service / SCRIPTS[service] / "versions").glob("0*.py")}
    return {f"{path.parts[-3]}/{path.stem}" for path in (REPOSITORY / service).glob("client/*/migrations/0*.py")}


@pytest.mark.parametrize("service", EXCEPTIONS)
def test_no_migration_breaks_the_previous_release(service: str, database_url: str) -> None:
    found = _breaking_changes_of(service, database_url)
    ours = _migrations_of(service)
    assert len(ours) > 3
    assert ours <= found.keys()
    assert {name: found[name] for name in ours if found[name]} == EXCEPTIONS[service]


BASE = (
    "CREATE TABLE orders (id int PRIMARY KEY, name varchar(20) NOT NULL, note text, state text NOT NULL DEFAULT 'NEW')",
    "CREATE TABLE lines (order_id int)",
)
BREAKING = {
    "DROP TABLE lines": "table lines is dropped",
    "ALTER TABLE lines RENAME TO rows": "table lines is dropped",
    "ALTER TABLE orders DROP COLUMN note": "column orders.note is dropped",
    "ALTER TABLE orders RENAME COLUMN note TO remark": "column orders.note is dropped",
    "ALTER TABLE orders ADD amount int NOT NULL": "column orders.amount is new, NOT NULL and without a default",
    "ALTER TABLE orders ALTER note SET NOT NULL": "column orders.note becomes NOT NULL",
    "ALTER TABLE orders ALTER name DROP NOT NULL": "column orders.name may become NULL",
    "ALTER TABLE orders ALTER state DROP DEFAULT": "column orders.state loses its default",
    "ALTER TABLE orders ALTER name TYPE varchar(10)": (
        "column orders.name changes from character varying(20) to character varying(10)"
    ),
    "ALTER TABLE orders ALTER id TYPE smallint": "column orders.id changes from integer to smallint",
    "ALTER TABLE orders ALTER note TYPE varchar(9)": "column orders.note changes from text to character varying(9)",
    "ALTER TABLE orders ADD CONSTRAINT short CHECK (note <> '')": (
        "rule short of orders is new: CHECK ((note <> ''::text))"
    ),
    "ALTER TABLE orders ADD CONSTRAINT one_name UNIQUE (name)": "rule one_name of orders is new: UNIQUE (name)",
    "CREATE UNIQUE INDEX one_note ON orders (note)": (
        "rule one_note of orders is new: CREATE UNIQUE INDEX one_note ON public.orders USING btree (note)"
    ),
    "ALTER TABLE lines ADD CONSTRAINT of_order FOREIGN KEY (order_id) REFERENCES orders": (
        "rule of_order of lines is new: FOREIGN KEY (order_id) REFERENCES orders(id)"
    ),
}
HARMLESS = (
    "CREATE TABLE refunds (order_id int NOT NULL REFERENCES orders)",
    "ALTER TABLE orders ADD amount int",
    "ALTER TABLE orders ADD amount int NOT NULL DEFAULT 0",
    "ALTER TABLE orders ADD size int GENERATED ALWAYS AS (length(name)) STORED",
    "ALTER TABLE orders ALTER name TYPE varchar(30)",
    "ALTER TABLE orders ALTER name TYPE text",
    "ALTER TABLE orders ALTER id TYPE bigint",
    "CREATE INDEX by_note ON orders (note)",
    "ALTER TABLE orders ADD key text, ADD CONSTRAINT one_key UNIQUE (name, key)",
)


def _changes_by(statement: str, database_url: str) -> list[str]:
    _execute(database_url, *BASE)
    with closing(psycopg2.connect(database_url)) as connection:
        before = read_schema(connection)
        assert len(before.tables) == 2
        _execute(database_url, statement)
        return breaking_changes(before, read_schema(connection))


@pytest.mark.parametrize(("statement", "change"), BREAKING.items(), ids=BREAKING)
def test_a_destructive_change_is_found(database_url: str, statement: str, change: str) -> None:
    assert _changes_by(statement, database_url) == [change]


@pytest.mark.parametrize("statement", HARMLESS)
def test_an_additive_change_is_accepted(database_url: str, statement: str) -> None:
    assert _changes_by(statement, database_url) == []
