"""`python -m ticketing.migrate`: migrates the database; `--check` compares the tables with the migrations."""

from __future__ import annotations

from pathlib import Path

from servicekit.db.migrations import Migrations

from ticketing.settings import SERVICE

MIGRATIONS = Migrations(SERVICE, "python -m ticketing.migrate", Path(__file__).with_name("migrations"))

if __name__ == "__main__":
    MIGRATIONS.main()
