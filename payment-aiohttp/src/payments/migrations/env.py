"""Alembic's environment."""

from __future__ import annotations

from servicekit.db.migration_environment import run

from payments.db.tables import metadata

run(metadata, lock=4031_8002)
