"""Alembic's environment: one psycopg2 connection, and one transaction for all missing migrations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context


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
            compare_server_default=True,
        )
        with context.begin_transaction():
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))
            context.run_migrations()
