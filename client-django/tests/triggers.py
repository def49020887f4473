"""Makes PostgreSQL refuse writes with a given SQLSTATE."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

ANY = "INSERT OR UPDATE OR DELETE"


@contextmanager
def refusing_writes(*tables: str, sqlstate: str, event: str = ANY, rows: str | None = None) -> Iterator[None]:
    """Refuses these statements on the tables, or only those for rows that meet the condition `rows`."""
    raise_it = f"RAISE EXCEPTION 'refused by a test' USING ERRCODE = '{sqlstate}'"
    scope = f"FOR EACH ROW WHEN ({rows})" if rows else ""
    statements = [f"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {raise_it}; END $$"]
    statements += [
        f"CREATE TRIGGER refuse BEFORE {event} ON {each} {scope} EXECUTE FUNCTION refuse()" for each in tables
    ]
    with connection.cursor() as cursor:
        cursor.execute(";".join(statements))
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION refuse CASCADE")


@contextmanager
def refusing_new_tables(*, sqlstate: str) -> Iterator[None]:
    """Refuses every new table."""
    raise_it = f"RAISE EXCEPTION 'refused by a test' USING ERRCODE = '{sqlstate}'"
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN {raise_it}; END $$;"
            "CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS') "
            "EXECUTE FUNCTION refuse()"
        )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP EVENT TRIGGER refuse; DROP FUNCTION refuse")
