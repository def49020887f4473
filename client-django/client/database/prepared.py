"""Statements that PostgreSQL parses and plans once for each connection, instead of once for each request.

psycopg2 sends the text of a statement with its values in it, so that PostgreSQL plans it anew each time; for a long
statement this takes longer than carrying it out.
"""

import re
from collections.abc import Mapping
from zlib import crc32

import structlog
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.utils import Error

from client.database.failures import sqlstate
from client.database.pool import PooledConnection
from client.database.values import SQL_TYPES, SqlValue

_PARAMETER = re.compile(r"%\((\w+)\)s|%%")
_LOST = frozenset({"26000", "42P05"})
"""There is no such prepared statement (invalid_sql_statement_name), or there is one (duplicate_prepared_statement)."""
log = structlog.get_logger("client.database")


class Prepared:
    """A statement with named parameters, whose types are in `SQL_TYPES`."""

    is_usable = True
    """False once a connection has lost what was prepared: a pooler shares PostgreSQL's connections between ours."""

    def __init__(self, name: str, sql: str) -> None:
        # Another release, which may be behind the same pooler, has other texts under other names.
        self._name, self._sql = f"{name}_{crc32(sql.encode()):08x}", sql
        names = list(dict.fromkeys(found for found in _PARAMETER.findall(sql) if found))
        numbers = {each: number for number, each in enumerate(names, start=1)}
        text = _PARAMETER.sub(lambda found: f"${numbers[found[1]]}" if found[1] else "%", sql)
        self._prepare = f"PREPARE {self._name} ({', '.join(SQL_TYPES[each] for each in names)}) AS {text}"
        self._execute = f"EXECUTE {self._name} ({', '.join(f'%({each})s' for each in names)})"

    def execute(self, cursor: CursorWrapper, values: Mapping[str, SqlValue]) -> None:
        """Executes the statement. Only connections of the pool live long enough for preparing it to pay."""
        # The cursor has opened the connection.
        lent = connection.connection
        if not Prepared.is_usable or not isinstance(lent, PooledConnection):
            cursor.execute(self._sql, values)
            return
        try:
            self._execute_prepared(cursor, lent, values)
        except Error as error:
            if sqlstate(error) not in _LOST:
                raise
            Prepared.is_usable = False
            log.warning("prepared_statements.not_used", error=str(error).strip())
            if connection.in_atomic_block:
                # Nothing more can be done in this transaction. Whoever began it tries again another way.
                raise
            cursor.execute(self._sql, values)

    def _execute_prepared(self, cursor: CursorWrapper, lent: PooledConnection, values: Mapping[str, SqlValue]) -> None:
        if self._name not in lent.prepared:
            # Without parameters, Django and psycopg2 leave the text as it is.
            cursor.execute(self._prepare)
            lent.prepared.add(self._name)
        cursor.execute(self._execute, values)
