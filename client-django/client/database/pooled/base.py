"""Django's backend for PostgreSQL, with connections from the process's pool if it has one.

Django's own pool needs psycopg 3; this service uses psycopg2.
"""

import time
from typing import Any

import psycopg2
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import IsolationLevel
from psycopg2.extras import register_default_jsonb

from client.database.pool import ConnectionPool, PooledConnection, opened_pool
from config.env import environment


class DatabaseWrapper(base.DatabaseWrapper):
    def _our_pool(self) -> ConnectionPool | None:
        return None if self.alias == NO_DB_ALIAS else opened_pool()

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        pool = self._our_pool()
        if pool is None:
            return super().get_new_connection(conn_params)
        self.isolation_level = IsolationLevel.READ_COMMITTED
        return pool.take(lambda: _connect(conn_params))

    def connect(self) -> None:
        super().connect()
        if self._our_pool() is not None:
            # Django gives the connection back at the end of the request.
            self.close_at = time.monotonic()

    def close_pool(self) -> None:
        """Closes the idle connections: Django drops a database of tests after this."""
        if pool := self._our_pool():
            pool.close_idle()

    def _close(self) -> None:
        pool = self._our_pool()
        if pool is not None and isinstance(self.connection, PooledConnection):
            with self.wrap_database_errors:
                pool.put(self.connection)
        else:
            super()._close()  # type: ignore[misc]


def _connect(conn_params: dict[str, Any]) -> PooledConnection:
    # The last setting counts: what nobody waits for any more must not go on in PostgreSQL.
    limits = f"{conn_params['options']} -c statement_timeout={environment().request_seconds:.0f}s -c lock_timeout=5s"
    made: PooledConnection = psycopg2.connect(connection_factory=PooledConnection, **{**conn_params, "options": limits})
    # As Django does: it decodes JSON itself.
    register_default_jsonb(conn_or_curs=made, loads=lambda text: text)
    return made
