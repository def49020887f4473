"""Alembic's environment: one connection through psycopg2, one transaction for all that is missing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context

from payments.db.tables import metadata

# Any number, the same in every process: of several that migrate at once, one does it while the others wait.
MIGRATION_LOCK = 4031_8002


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    # PgQueuer declares its own tables; `payments.migrate --check` asks it about them.
    return not (kind == "table" and name is not None and name.startswith("pgqueuer"))


def run() -> None:
    """Run the migrations that are asked for."""
    engine = sa.create_engine(context.config.attributes["url"], poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            include_name=_is_ours,
            compare_server_default=True,
        )
        with context.begin_transaction():
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
            context.run_migrations()


run()
