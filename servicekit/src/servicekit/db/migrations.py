"""`python -m <service>.migrate`: upgrades the database to the newest schema, or checks that it has that schema."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError

from servicekit.db.availability import is_unavailable
from servicekit.db.startup import require_database
from servicekit.settings import UNREACHABLE, DatabaseSettings, load, refuse_to_start


@dataclass(frozen=True, slots=True)
class Migrations:
    """The migrations of `service` in the folder `scripts`; `program` is the command that runs them."""

    service: str
    program: str
    scripts: Path

    def config(self, settings: DatabaseSettings) -> Config:
        """Returns Alembic's configuration, without an .ini file: only the database differs between machines."""
        config = Config()
        config.set_main_option("script_location", str(self.scripts))
        config.attributes["url"] = settings.database_url_for("psycopg2")
        return config

    def upgrade(self, settings: DatabaseSettings) -> None:
        """Upgrades to the newest schema; does nothing if the database has it."""
        command.upgrade(self.config(settings), "head")

    def differences(self, settings: DatabaseSettings) -> str | None:
        """Returns how the database differs from what the service and its libraries expect; None if it does not."""
        try:
            command.check(self.config(settings))
        except CommandError as error:
            return str(error)
        return None

    def main(self) -> None:
        """Runs the command line; the process ends with 1 if `--check` finds a difference."""
        parser = argparse.ArgumentParser(prog=self.program, description="Bring the database to the newest schema.")
        parser.add_argument(
            "--check", action="store_true", help="change nothing; fail if the tables and the migrations differ"
        )
        arguments = parser.parse_args()
        settings = load(DatabaseSettings, self.service)
        require_database(settings, self.service, table=None, migrate=self.program)
        try:
            if not arguments.check:
                self.upgrade(settings)
            elif found := self.differences(settings):
                raise SystemExit(f"The database differs from the models. {found}")
        except sa.exc.DBAPIError as error:
            if not is_unavailable(error):
                raise
            reason = " ".join(str(error.orig).split()).rstrip(".")
            refuse_to_start(self.service, f"the database cannot be migrated now: {reason}", UNREACHABLE)
        print("The database has the newest schema.", file=sys.stderr)
