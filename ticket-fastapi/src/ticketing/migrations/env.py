"""Alembic's environment."""

from __future__ import annotations

from servicekit.db.migration_environment import run

from ticketing.db.tables import metadata

run(metadata, lock=4031_8001)
