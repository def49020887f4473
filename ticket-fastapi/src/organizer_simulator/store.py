"""The simulator's database, one SQLite file.

Two unique keys are its last guards: one hold per (organizer, hold id), and one hold per (organizer, event, seat).
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from organizer_simulator.domain.hold import Hold, HoldStatus

SCHEMA = """
CREATE TABLE IF NOT EXISTS holds (
    organizer TEXT NOT NULL,
    hold_id TEXT NOT NULL,
    event_ref TEXT,
    seats TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('HELD', 'RELEASED')),
    held_at TEXT,
    released_at TEXT,
    PRIMARY KEY (organizer, hold_id),
    CHECK ((status = 'RELEASED') = (released_at IS NOT NULL))
) WITHOUT ROWID;
-- A row exists while its hold is HELD.
CREATE TABLE IF NOT EXISTS held_seats (
    organizer TEXT NOT NULL,
    event_ref TEXT NOT NULL,
    seat TEXT NOT NULL,
    hold_id TEXT NOT NULL,
    PRIMARY KEY (organizer, event_ref, seat),
    FOREIGN KEY (organizer, hold_id) REFERENCES holds (organizer, hold_id)
) WITHOUT ROWID;
-- For the release of a hold.
CREATE INDEX IF NOT EXISTS held_seats_by_hold ON held_seats (organizer, hold_id);
CREATE TABLE IF NOT EXISTS simulation (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    at_start TEXT NOT NULL,
    current TEXT NOT NULL
);
"""


class HoldStore:
    """Reads and writes rows. Not safe for concurrent callers: the register calls it from one thread."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
        self._connection.execute("PRAGMA journal_mode = WAL")
        # In WAL mode, NORMAL loses no commit if the process dies; only a power failure can lose the latest ones.
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.executescript(SCHEMA)

    def close(self) -> None:
        self._connection.close()

    def try_to_write(self) -> None:
        """Raises `sqlite3.Error` if the file accepts no write.

        The write changes nothing: it sets a number in the file's header to its present value.
        """
        with self.transaction():
            self._connection.execute("PRAGMA user_version = 0")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Runs the block in a write transaction; an exception rolls it back."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            # If the disk is full, SQLite has rolled back already.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def find(self, organizer: str, hold_id: str) -> Hold | None:
        row = self._connection.execute(
            "SELECT * FROM holds WHERE organizer = ? AND hold_id = ?", (organizer, hold_id)
        ).fetchone()
        return _to_hold(row) if row else None

    def holders(self, organizer: str, event_ref: str, seats: tuple[str, ...]) -> dict[str, str]:
        """Returns those of the seats that are held, each with the id of its hold."""
        rows = self._connection.execute(
            "SELECT seat, hold_id FROM held_seats "
            "WHERE organizer = ? AND event_ref = ? AND seat IN (SELECT value FROM json_each(?))",
            (organizer, event_ref, json.dumps(seats)),
        )
        return dict(rows.fetchall())

    def add(self, hold: Hold) -> None:
        """Stores a new hold with its seats, or a tombstone."""
        self._connection.execute(
            "INSERT INTO holds VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                hold.organizer,
                hold.hold_id,
                hold.event_ref,
                json.dumps(hold.seats),
                hold.status.value,
                _to_text(hold.held_at),
                _to_text(hold.released_at),
            ),
        )
        if hold.status is HoldStatus.HELD:
            self._connection.executemany(
                "INSERT INTO held_seats (organizer, event_ref, seat, hold_id) VALUES (?, ?, ?, ?)",
                [(hold.organizer, hold.event_ref, seat, hold.hold_id) for seat in hold.seats],
            )

    def release(self, organizer: str, hold_id: str, released_at: datetime) -> None:
        """Turns a hold into a tombstone and releases its seats."""
        key = (organizer, hold_id)
        self._connection.execute("DELETE FROM held_seats WHERE organizer = ? AND hold_id = ?", key)
        self._connection.execute(
            "UPDATE holds SET status = 'RELEASED', released_at = ? WHERE organizer = ? AND hold_id = ?",
            (_to_text(released_at), *key),
        )

    def page(self, organizer: str, status: HoldStatus | None, after: str, limit: int) -> list[Hold]:
        """Returns up to `limit` holds of an organizer in the order of their ids, those after `after`."""
        rows = self._connection.execute(
            "SELECT * FROM holds WHERE organizer = ? AND hold_id > ? AND (? IS NULL OR status = ?) "
            "ORDER BY hold_id LIMIT ?",
            (organizer, after, status, status, limit),
        )
        return [_to_hold(row) for row in rows]

    def load_simulation(self) -> tuple[str, str] | None:
        """Returns the simulation at the start and the current one, both as JSON; None if none is stored."""
        row: tuple[str, str] | None = self._connection.execute("SELECT at_start, current FROM simulation").fetchone()
        return row

    def save_simulation(self, at_start: str, current: str) -> None:
        self._connection.execute(
            "INSERT INTO simulation (id, at_start, current) VALUES (1, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET at_start = excluded.at_start, current = excluded.current",
            (at_start, current),
        )


HoldRow = tuple[str, str, str | None, str, str, str | None, str | None]


def _to_hold(row: HoldRow) -> Hold:
    organizer, hold_id, event_ref, seats, status, held_at, released_at = row
    return Hold(
        organizer=organizer,
        hold_id=hold_id,
        event_ref=event_ref,
        seats=tuple(json.loads(seats)),
        status=HoldStatus(status),
        held_at=_to_time(held_at),
        released_at=_to_time(released_at),
    )


def _to_text(time: datetime | None) -> str | None:
    return time.isoformat() if time else None


def _to_time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
