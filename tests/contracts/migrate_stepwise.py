"""`python -m tests.contracts.migrate_stepwise alembic|django`: applies the migrations of a service one by one.

It prints a JSON object with the breaking changes of each migration. DATABASE_URL names an empty database. It is a
process because each service has its own settings and imports.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg2

from tests.contracts.schema_changes import breaking_changes, read_schema

Step = tuple[str, Callable[[], None]]


def alembic_steps(scripts: str) -> Iterator[Step]:
    """The migrations in the folder `scripts`, oldest first."""
    from alembic import command
    from alembic.script import ScriptDirectory
    from servicekit.db.migrations import Migrations
    from servicekit.settings import DatabaseSettings

    settings = DatabaseSettings.model_validate({"database_url": os.environ["DATABASE_URL"]})
    config = Migrations("migrations", "migrate", Path(scripts)).config(settings)
    revisions = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    for revision in reversed(revisions):
        yield revision, lambda to=revision: command.upgrade(config, to)  # type: ignore[misc]


def django_steps() -> Iterator[Step]:
    """All migrations of the Django project, in the order in which Django applies them."""
    import django
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    django.setup()
    executor = MigrationExecutor(connection)
    for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes()):
        key = (migration.app_label, migration.name)
        *_, app, _, name = type(migration).__module__.split(".")
        yield f"{app}/{name}", lambda to=key: _migrate_to(to)  # type: ignore[misc]


def _migrate_to(key: tuple[str, str]) -> None:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    MigrationExecutor(connection).migrate([key])


def main(tool: str, *arguments: str) -> None:
    steps = alembic_steps(*arguments) if tool == "alembic" else django_steps()
    found: dict[str, list[str]] = {}
    with closing(psycopg2.connect(os.environ["DATABASE_URL"])) as connection:
        before = read_schema(connection)
        for name, apply in steps:
            apply()
            after = read_schema(connection)
            found[name] = breaking_changes(before, after)
            before = after
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
