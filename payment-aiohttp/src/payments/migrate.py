"""`python -m payments.migrate`: bring the database to the newest schema; `--check`: do models and migrations agree?"""

from __future__ import annotations

from pathlib import Path

from servicekit.db.migrations import Migrations

from payments.settings import SERVICE

MIGRATIONS = Migrations(SERVICE, "python -m payments.migrate", Path(__file__).with_name("migrations"))

if __name__ == "__main__":
    MIGRATIONS.main()
