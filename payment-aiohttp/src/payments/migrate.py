"""`python -m payments.migrate` upgrades the schema; with `--check` it compares models and migrations instead."""

from __future__ import annotations

from pathlib import Path

from servicekit.db.migrations import Migrations

from payments.settings import SERVICE

MIGRATIONS = Migrations(SERVICE, "python -m payments.migrate", Path(__file__).with_name("migrations"))

if __name__ == "__main__":
    MIGRATIONS.main()
