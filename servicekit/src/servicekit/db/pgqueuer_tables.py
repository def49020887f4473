"""The tables of PgQueuer 1.6, which migrations of earlier releases created and dropped.

No service has used PgQueuer since; a new database still goes through these migrations, and a downgrade through both.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

_TABLES = Path(__file__).with_name("pgqueuer_1_6.sql")
_DROP = """
DROP TABLE pgqueuer, pgqueuer_log, pgqueuer_schedules, pgqueuer_statistics;
DROP FUNCTION fn_pgqueuer_changed;
DROP TYPE pgqueuer_status;
"""


def create_pgqueuer_tables(connection: sa.Connection) -> None:
    """Creates the tables, with their type, function and trigger, as PgQueuer 1.6 does."""
    connection.exec_driver_sql(_TABLES.read_text(encoding="utf-8"))


def drop_pgqueuer_tables(connection: sa.Connection) -> None:
    """Drops what `create_pgqueuer_tables` creates."""
    connection.exec_driver_sql(_DROP)
