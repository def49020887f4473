"""A PostgreSQL server for a benchmark alone: durable, with the ticket service's schema and seats to sell."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from devstack.home import REPOSITORY
from devstack.ports import unused_port
from devstack.postgres import LASTING_SETTINGS, PostgresServer
from devstack.running_program import running_program

START_SECONDS = 60
SOURCE = REPOSITORY / "ticket-fastapi" / "src"
IMPORT_PATH = f"{SOURCE}{os.pathsep}{REPOSITORY / 'servicekit' / 'src'}"

SEED_ORGANIZER = """
INSERT INTO organizers (id, slug, name, base_url)
VALUES ('00000000-0000-4000-8000-000000000000', 'bench', 'Bench', 'http://127.0.0.1:9/bench') ON CONFLICT DO NOTHING
"""
SEED_EVENT = """
INSERT INTO events (id, organizer_id, name, venue, starts_at, sales_open_at, sales_close_at, currency)
VALUES (%(event)s, '00000000-0000-4000-8000-000000000000', 'Bench', 'Bench', now() + interval '60 days',
        now() - interval '1 day', now() + interval '59 days', 'IDR')
"""
SEED_SEATS = """
INSERT INTO seats (id, event_id, section, row, number, price)
SELECT (%(tag)s || '-0000-4000-9000-' || lpad(to_hex(k), 12, '0'))::uuid, %(event)s, 'A', (k / 100)::text,
       k %% 100 + 1, 100000
FROM generate_series(0, %(count)s - 1) k
"""


@dataclass(frozen=True, slots=True)
class SeatBlock:
    """Seats of one event, numbered from 0; a seat's id follows from its number, so that no query is needed."""

    tag: str
    count: int

    @property
    def event_id(self) -> str:
        return f"{self.tag}-0000-4000-8000-000000000001"

    def seat_id(self, number: int) -> str:
        return f"{self.tag}-0000-4000-9000-{number:012x}"


@dataclass(frozen=True, slots=True)
class ScratchDatabase:
    """The address of the database; `url` is for the ticket service's role."""

    url: str
    port: int
    password: str

    def make_block(self, tag_number: int, count: int) -> SeatBlock:
        """Creates an event with `count` open seats."""
        block = SeatBlock(f"{tag_number:08x}", count)
        with self.connection() as connection, connection.cursor() as cursor:
            cursor.execute(SEED_ORGANIZER)
            cursor.execute(SEED_EVENT, {"event": block.event_id})
            cursor.execute(SEED_SEATS, {"tag": block.tag, "event": block.event_id, "count": count})
        return block

    def settle(self) -> None:
        """Cleans up between two measurements, so that the first does not slow down the second."""
        with self.connection(autocommit=True) as connection, connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE seats")
            cursor.execute("VACUUM ANALYZE bookings")

    def holds_of(self, block: SeatBlock) -> int:
        """Returns the number of bookings of the event."""
        with self.connection() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM bookings WHERE event_id = %s", (block.event_id,))
            (count,) = cursor.fetchone() or (0,)
            return int(count)

    @contextmanager
    def connection(self, *, autocommit: bool = False) -> Iterator[psycopg2.extensions.connection]:
        """Returns a connection that commits at the end of the block."""
        connection = psycopg2.connect(self.url)
        connection.autocommit = autocommit
        try:
            yield connection
            if not autocommit:
                connection.commit()
        finally:
            connection.close()


@contextmanager
def scratch_database() -> Iterator[ScratchDatabase]:
    """Runs a migrated server during the block. It has a stack's settings, so that every commit reaches the disk."""
    with tempfile.TemporaryDirectory(prefix="ticketing-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL may run as another user, who has to pass through
        server = PostgresServer(folder / "postgres", unused_port(), secrets.token_urlsafe(16), LASTING_SETTINGS)
        with running_program(server.command(), folder / "postgres.log", stop_signal=signal.SIGINT):
            yield _prepared(server)


def _prepared(server: PostgresServer) -> ScratchDatabase:
    deadline = time.monotonic() + START_SECONDS
    while not server.answers():
        if time.monotonic() > deadline:
            raise TimeoutError(f"PostgreSQL for the benchmark did not answer within {START_SECONDS} seconds.")
        time.sleep(0.1)
    password = secrets.token_urlsafe(16)
    server.make_databases({"ticket": password})
    url = server.role_url("ticket", password)
    environment = {**os.environ, "DATABASE_URL": url, "PYTHONPATH": IMPORT_PATH}
    subprocess.run([sys.executable, "-m", "ticketing.migrate"], env=environment, check=True, stderr=subprocess.DEVNULL)
    return ScratchDatabase(url, server.port, password)
