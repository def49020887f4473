"""`python -m ticketing.migrate`: bring the database to the newest schema; `--check`.

Say whether models and migrations agree.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

import asyncpg
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from pgqueuer import Queries

from ticketing.db.trouble import is_unavailable
from ticketing.settings import DatabaseSettings, load
from ticketing.start import require_database


def alembic_config(settings: DatabaseSettings) -> Config:
    """Alembic without an .ini file: its only setting that differs between machines is the database."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes["url"] = settings.database_url_for("psycopg2")
    return config


def migrate(settings: DatabaseSettings) -> None:
    """Upgrade to the newest schema; harmless when it is there already."""
    command.upgrade(alembic_config(settings), "head")


def differences(settings: DatabaseSettings) -> str | None:
    """How the database differs from `db/tables.py` and from what PgQueuer expects; None when it does not."""
    try:
        command.check(alembic_config(settings))
    except CommandError as error:
        return str(error)
    return asyncio.run(_queue_differences(settings))


async def _queue_differences(settings: DatabaseSettings) -> str | None:
    connection = await asyncpg.connect(settings.database_dsn())
    try:
        plan = await Queries.from_asyncpg_connection(connection).plan_upgrade()
    finally:
        await connection.close()
    return f"PgQueuer would change its tables: {'; '.join(plan.statements)}" if plan.statements else None


def main() -> None:
    """The command line; answers 1 when `--check` finds a difference."""
    parser = argparse.ArgumentParser(prog="python -m ticketing.migrate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail when models and migrations differ")
    arguments = parser.parse_args()
    settings = load(DatabaseSettings)
    require_database(settings, migrated=False)
    try:
        if not arguments.check:
            migrate(settings)
        elif found := differences(settings):
            raise SystemExit(f"The database differs from the models. {found}")
    except sa.exc.DBAPIError as error:
        if not is_unavailable(error):
            raise
        reason = " ".join(str(error.orig).split())
        raise SystemExit(f"The database cannot be migrated now: {reason}") from None
    print("The database has the newest schema.", file=sys.stderr)


if __name__ == "__main__":
    main()
