"""The migrations build exactly the schema of the models, and keep the data."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from contextlib import closing
from uuid import uuid4

import psycopg2
import pytest
import sqlalchemy as sa
from alembic import command
from servicekit.settings import DatabaseSettings
from support.process import SOURCES
from support.queue_entries import UNEQUAL_BLOCKS
from ticketing.db.tables import metadata
from ticketing.migrate import MIGRATIONS

from devstack.schema_catalog import schema_catalog


def administer(statement: str) -> None:
    with closing(psycopg2.connect(os.environ["TEST_POSTGRES_URL"])) as connection:
        connection.autocommit = True
        connection.cursor().execute(statement)


@pytest.fixture
def fresh() -> Iterator[DatabaseSettings]:
    name = f"ticket_test_{uuid4().hex[:12]}"
    administer(f"CREATE DATABASE {name}")
    url = f"{os.environ['TEST_POSTGRES_URL'].rpartition('/')[0]}/{name}"
    yield DatabaseSettings.model_validate({"database_url": url})
    administer(f"DROP DATABASE {name} WITH (FORCE)")


def test_a_migrated_schema_equals_a_fresh_one(fresh: DatabaseSettings, database_url: str) -> None:
    engine = sa.create_engine(fresh.database_url_for("psycopg2"), poolclass=sa.pool.NullPool)
    metadata.create_all(engine)
    engine.dispose()
    migrated = DatabaseSettings.model_validate({"database_url": database_url})
    assert schema_catalog(migrated.database_dsn()) == schema_catalog(fresh.database_dsn())


def test_models_and_migrations_agree_and_migrating_again_is_harmless(fresh: DatabaseSettings) -> None:
    MIGRATIONS.upgrade(fresh)
    MIGRATIONS.upgrade(fresh)
    assert MIGRATIONS.differences(fresh) is None


def test_a_difference_is_found(fresh: DatabaseSettings) -> None:
    MIGRATIONS.upgrade(fresh)
    with closing(psycopg2.connect(fresh.database_dsn())) as connection:
        connection.cursor().execute("ALTER TABLE seats DROP COLUMN price")
        connection.commit()
    assert "price" in str(MIGRATIONS.differences(fresh))


def test_every_migration_can_be_taken_back(fresh: DatabaseSettings) -> None:
    MIGRATIONS.upgrade(fresh)
    command.downgrade(MIGRATIONS.config(fresh), "base")
    assert schema_catalog(fresh.database_dsn()) == set()
    MIGRATIONS.upgrade(fresh)


def test_a_queued_job_about_positions_becomes_a_due_time_of_its_entry(fresh: DatabaseSettings) -> None:
    """Jobs about positions were the only ones of the previous release without a row that has a due time."""
    entry, other = uuid4(), uuid4()
    command.upgrade(MIGRATIONS.config(fresh), "0006")
    with closing(psycopg2.connect(fresh.database_dsn())) as connection:
        cursor = connection.cursor()
        cursor.execute("SET session_replication_role = replica")
        for id_ in (entry, other):
            cursor.execute(
                "INSERT INTO waitlist_entries"
                " (id, seat_id, event_id, customer_id, customer_name, customer_email, status) VALUES"
                " (%s, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'Ayu', 'ayu@x.id', 'LEFT')",
                (str(id_),),
            )
        cursor.execute(
            "INSERT INTO pgqueuer (priority, entrypoint, payload, status)"
            " VALUES (0, 'waitlist.positions', %s, 'queued')",
            (json.dumps({"entry_id": str(entry)}).encode(),),
        )
        connection.commit()
    command.upgrade(MIGRATIONS.config(fresh), "0007")
    with closing(psycopg2.connect(fresh.database_dsn())) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT id FROM waitlist_entries WHERE positions_due_at IS NOT NULL")
        assert cursor.fetchall() == [(str(entry),)]


async def test_several_processes_may_migrate_at_once(fresh: DatabaseSettings) -> None:
    env = {**os.environ, "DATABASE_URL": str(fresh.database_url), "PYTHONPATH": SOURCES}
    started = [
        await asyncio.create_subprocess_exec(sys.executable, "-m", "ticketing.migrate", env=env) for _ in range(3)
    ]
    assert [await process.wait() for process in started] == [0, 0, 0]
    assert await asyncio.to_thread(MIGRATIONS.differences, fresh) is None


LOOK_ALIKES = """
    INSERT INTO organizers (id, slug, name, base_url) VALUES ('{organizer}', 'x', 'X', 'http://x.test');
    INSERT INTO events (id, organizer_id, name, venue, starts_at, sales_open_at, sales_close_at, currency)
    VALUES ('{event}', '{organizer}', 'E', 'V', now(), now() - interval '2 days', now() - interval '1 day', 'IDR');
    INSERT INTO seats (id, event_id, section, row, number, price, created_at) VALUES
        ('{first}', '{event}', 'Balkon', E'\\u00c9', 1, 1, now() - interval '1 hour'),
        ('{second}', '{event}', 'BALKON', E'e\\u0301', 1, 1, now()),
        (gen_random_uuid(), '{event}', 'Balkon', 'A', 1, 1, now());
"""


def test_seats_that_look_alike_already_stay_and_are_named_in_a_warning(
    fresh: DatabaseSettings, caplog: pytest.LogCaptureFixture
) -> None:
    command.upgrade(MIGRATIONS.config(fresh), "0007")
    ids = {name: str(uuid4()) for name in ("organizer", "event", "first", "second")}
    with closing(psycopg2.connect(fresh.database_dsn())) as connection:
        connection.cursor().execute(LOOK_ALIKES.format(**ids))
        connection.commit()
    command.upgrade(MIGRATIONS.config(fresh), "0008")
    (warning,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert all(ids[name] in warning for name in ("event", "first", "second"))
    with closing(psycopg2.connect(fresh.database_dsn())) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT row, place_key FROM seats ORDER BY row")
        assert dict(cursor.fetchall()) == {"A": "balkon\na", "\u00c9": "balkon\n\u00e9", "e\u0301": None}


BEFORE_TIME_ZONES = "0008"
ORGANIZER = "INSERT INTO organizers (id, slug, name, base_url) VALUES (gen_random_uuid(), 'a', 'A', 'http://a.test')"
EVENT_OF_THE_PREVIOUS_RELEASE = """
    INSERT INTO events (id, organizer_id, name, venue, starts_at, sales_open_at, sales_close_at, currency)
    SELECT gen_random_uuid(), id, %s, 'Hall', now(), now(), now() + interval '1 day', 'IDR' FROM organizers
"""


@pytest.mark.parametrize(
    ("settings", "shown_in"),
    [
        ({}, "Asia/Jakarta"),
        ({"DOCUMENT_TIME_ZONE": "Europe/Amsterdam"}, "Europe/Amsterdam"),
        ({"DEFAULT_TIME_ZONE": "Asia/Makassar"}, "Asia/Makassar"),
    ],
)
def test_events_get_the_zone_in_which_they_were_shown_and_the_previous_release_can_still_create_events(
    fresh: DatabaseSettings, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], shown_in: str
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    command.upgrade(MIGRATIONS.config(fresh), BEFORE_TIME_ZONES)
    with closing(psycopg2.connect(fresh.database_dsn())) as connection:
        cursor = connection.cursor()
        cursor.execute(ORGANIZER)
        cursor.execute(EVENT_OF_THE_PREVIOUS_RELEASE, ["before"])
        connection.commit()
        MIGRATIONS.upgrade(fresh)
        cursor.execute(EVENT_OF_THE_PREVIOUS_RELEASE, ["after"])
        cursor.execute("SELECT name, time_zone FROM events")
        assert dict(cursor.fetchall()) == {"before": shown_in, "after": "Asia/Jakarta"}


@pytest.mark.parametrize(
    ("before", "after", "old", "new"),
    [
        (
            "0009",
            "0010",
            [("release", "HAND_OVER"), ("sweeper", "EXPIRE"), ("client", "TAKE")],
            [("release", "REASSIGN"), ("worker", "EXPIRE"), ("client", "TAKE")],
        ),
        (
            "0019",
            "0020",
            [("staff", "CALL_OFF"), ("worker", "OWE_REFUND"), ("client", "TAKE")],
            [("staff", "CANCEL_HOLD"), ("worker", "REQUEST_REFUND"), ("client", "TAKE")],
        ),
    ],
)
def test_the_audit_gets_plain_words_and_can_have_its_old_ones_back(
    fresh: DatabaseSettings, before: str, after: str, old: list[tuple[str, str]], new: list[tuple[str, str]]
) -> None:
    def words() -> list[tuple[str, str]]:
        with closing(psycopg2.connect(fresh.database_dsn())) as connection:
            cursor = connection.cursor()
            cursor.execute("SELECT actor, action FROM audit_entries ORDER BY id")
            return cursor.fetchall()

    command.upgrade(MIGRATIONS.config(fresh), before)
    with closing(psycopg2.connect(fresh.database_dsn())) as connection:
        connection.cursor().executemany(
            "INSERT INTO audit_entries (subject_type, subject_id, actor, action)"
            " VALUES ('seat', gen_random_uuid(), %s, %s)",
            old,
        )
        connection.commit()
    command.upgrade(MIGRATIONS.config(fresh), after)
    assert words() == new
    command.downgrade(MIGRATIONS.config(fresh), before)
    assert words() == old


BEFORE_QUEUE_NUMBERS = "0011"
TWO_SEATS = """
    INSERT INTO organizers (id, slug, name, base_url) VALUES ('{organizer}', 'x', 'X', 'http://x.test');
    INSERT INTO events (id, organizer_id, name, venue, starts_at, sales_open_at, sales_close_at, currency)
    VALUES ('{event}', '{organizer}', 'E', 'V', now(), now() - interval '2 days', now() - interval '1 day', 'IDR');
    INSERT INTO seats (id, event_id, section, row, number, price)
    VALUES ('{first}', '{event}', 'A', 'A', 1, 1), ('{second}', '{event}', 'A', 'A', 2, 1);
"""
ENTRIES_OF_THE_PREVIOUS_RELEASE = """
    INSERT INTO waitlist_entries (id, seat_id, event_id, customer_id, customer_name, customer_email, status, joined_at)
    SELECT gen_random_uuid(), '{seat}', '{event}', gen_random_uuid(), 'Ayu', 'ayu@x.id',
        CASE WHEN n % 3 = 0 THEN 'LEFT' ELSE 'WAITING' END, now() + {start} * interval '1 second' - n * interval '1 ms'
    FROM generate_series(1, {entries}) AS n
"""


def test_entries_that_wait_already_are_numbered_and_counted_and_those_of_the_previous_release_too(
    fresh: DatabaseSettings,
) -> None:
    command.upgrade(MIGRATIONS.config(fresh), BEFORE_QUEUE_NUMBERS)
    ids = {name: str(uuid4()) for name in ("organizer", "event", "first", "second")}
    with closing(psycopg2.connect(fresh.database_dsn())) as connection:
        cursor = connection.cursor()
        cursor.execute(TWO_SEATS.format(**ids))
        for seat, entries in (("first", 200), ("second", 5)):
            cursor.execute(
                ENTRIES_OF_THE_PREVIOUS_RELEASE.format(seat=ids[seat], event=ids["event"], entries=entries, start=0)
            )
        connection.commit()
        MIGRATIONS.upgrade(fresh)
        cursor.execute(
            ENTRIES_OF_THE_PREVIOUS_RELEASE.format(seat=ids["second"], event=ids["event"], entries=70, start=60)
        )
        cursor.execute("UPDATE waitlist_entries SET status = 'LEFT' WHERE queue_number % 2 = 0")
        cursor.execute(str(UNEQUAL_BLOCKS))
        assert cursor.fetchall() == []
        cursor.execute(
            "SELECT seat_id, count(*), max(queue_number), min(queue_number) FROM waitlist_entries GROUP BY 1"
        )
        assert {row[0]: row[1:] for row in cursor.fetchall()} == {
            ids["first"]: (200, 200, 1),
            ids["second"]: (75, 75, 1),
        }
        cursor.execute(
            "SELECT count(*) FROM (SELECT queue_number - lag(queue_number) OVER (PARTITION BY seat_id"
            " ORDER BY joined_at, id) AS step FROM waitlist_entries WHERE seat_id = %s) AS steps WHERE step <> 1",
            [ids["first"]],
        )
        assert cursor.fetchone() == (0,), "the numbers follow the order of joining"
