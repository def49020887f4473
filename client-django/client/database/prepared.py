"""Statements that PostgreSQL parses and plans once for each connection, instead of once for each request.

psycopg2 sends the text of a statement with its values in it, so that PostgreSQL plans it anew each time; for a long
statement this takes longer than carrying it out.
"""

import re
from collections.abc import Mapping

from django.db import connection
from django.db.backends.utils import CursorWrapper

from client.database.pool import PooledConnection
from client.database.values import SQL_TYPES, SqlValue

_PARAMETER = re.compile(r"%\((\w+)\)s|%%")


class Prepared:
    """A statement with named parameters, whose types are in `SQL_TYPES`."""

    def __init__(self, name: str, sql: str) -> None:
        """`name` is unique in this service."""
        self._name, self._sql = name, sql
        names = list(dict.fromkeys(found for found in _PARAMETER.findall(sql) if found))
        numbers = {each: number for number, each in enumerate(names, start=1)}
        text = _PARAMETER.sub(lambda found: f"${numbers[found[1]]}" if found[1] else "%", sql)
        self._prepare = f"PREPARE {name} ({', '.join(SQL_TYPES[each] for each in names)}) AS {text}"
        self._execute = f"EXECUTE {name} ({', '.join(f'%({each})s' for each in names)})"

    def execute(self, cursor: CursorWrapper, values: Mapping[str, SqlValue]) -> None:
        """Executes the statement. Only connections of the pool live long enough for preparing it to pay."""
        # Here the cursor has opened the connection.
        lent = connection.connection
        if not isinstance(lent, PooledConnection):
            cursor.execute(self._sql, values)
            return
        if self._name not in lent.prepared:
            # Without parameters, Django and psycopg2 leave the text as it is.
            cursor.execute(self._prepare)
            lent.prepared.add(self._name)
        cursor.execute(self._execute, values)
