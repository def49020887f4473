"""What PostgreSQL says of a database's schema, to compare two databases; for tests of the services' migrations."""

from contextlib import closing

import psycopg2

_CATALOG = """
    SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT 'options', relname, '', reloptions::text FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
    UNION ALL SELECT 'column', table_name, column_name, concat_ws(' ', data_type, is_nullable, column_default)
    FROM information_schema.columns WHERE table_schema = 'public'
"""


def schema_catalog(url: str) -> set[tuple[str, ...]]:
    """Returns every constraint, index, table option and column of the database's own tables, without Alembic's."""
    with closing(psycopg2.connect(url)) as connection:
        cursor = connection.cursor()
        cursor.execute(_CATALOG)
        return {row for row in cursor.fetchall() if not row[1].startswith("alembic")}
