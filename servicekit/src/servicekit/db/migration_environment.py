"""Alembic's environment: one psycopg2 connection, and one transaction for all missing migrations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    # PgQueuer declares its own tables; `Migrations.differences` asks it about them.
    return not (kind == "table" and name is not None and name.startswith("pgqueuer"))


def run(metadata: sa.MetaData, *, lock: int) -> None:
    """Runs the requested migrations.

    `lock` is a number that all processes of the service share: of several that migrate at the same time, one runs the
    migrations while the others wait.
    """
    engine = sa.create_engine(context.config.attributes["url"], poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            include_name=_is_ours,
            compare_server_default=True,
        )
        with context.begin_transaction():
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))
            context.run_migrations()
