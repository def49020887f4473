"""Alembic's environment: one connection through psycopg2, one transaction for all that is missing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context


def run(metadata: sa.MetaData, *, lock: int) -> None:
    """Runs the migrations that are asked for.

    `lock` is any number, the same in every process of the service: of several that migrate at once, one does it while
    the others wait.
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
