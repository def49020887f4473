"""What one migration changes in a PostgreSQL schema, and which changes break the code of the previous release."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import psycopg2.extensions

COLUMNS = """
    SELECT a.attrelid::regclass::text, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
           a.atthasdef OR a.attidentity <> '' OR a.attgenerated <> ''
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
"""
RULES = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid),
           ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = conrelid AND attnum = ANY (conkey))
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 0 AND contype <> 'n'
    UNION ALL
    SELECT indrelid::regclass::text, relname, pg_get_indexdef(indexrelid),
           ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = indrelid AND attnum = ANY (indkey::int2[]))
    FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE indisunique AND relnamespace = 'public'::regnamespace
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""
BOOKKEEPING = ("alembic_version", "django_migrations")
WIDER = {("smallint", "integer"), ("smallint", "bigint"), ("integer", "bigint")}


@dataclass(frozen=True)
class Column:
    """A column; `is_filled`: the database gives it a value if a statement does not."""

    type: str
    is_required: bool
    is_filled: bool


class Rule(NamedTuple):
    """A constraint or a unique index, and the columns that it names."""

    definition: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Schema:
    """The columns of each table, and the rules of each table by name."""

    tables: dict[str, dict[str, Column]]
    rules: dict[str, dict[str, Rule]]


def read_schema(connection: psycopg2.extensions.connection) -> Schema:
    """Reads the tables of the schema `public`, without those in which the migrations keep their state."""
    tables: dict[str, dict[str, Column]] = {}
    rules: dict[str, dict[str, Rule]] = {}
    for table, name, *facts in _rows(connection, COLUMNS):
        tables.setdefault(table, {})[name] = Column(*facts)
    for table, name, definition, columns in _rows(connection, RULES):
        rules.setdefault(table, {})[name] = Rule(definition, tuple(columns))
    return Schema(tables, rules)


def _rows(connection: psycopg2.extensions.connection, query: str) -> list[tuple[Any, ...]]:
    with connection, connection.cursor() as cursor:
        cursor.execute(query)
        return [row for row in cursor.fetchall() if row[0] not in BOOKKEEPING]


def breaking_changes(before: Schema, after: Schema) -> list[str]:
    """Returns one line for each change after which statements of the previous release can fail or read a surprise."""
    return sorted(_broken(before, after))


def _broken(before: Schema, after: Schema) -> Iterator[str]:
    for table, columns in before.tables.items():
        if table not in after.tables:
            yield f"table {table} is dropped"
            continue
        now = after.tables[table]
        for name, column in columns.items():
            yield from _broken_column(f"column {table}.{name}", column, now.get(name))
        for name in now.keys() - columns.keys():
            if now[name].is_required and not now[name].is_filled:
                yield f"column {table}.{name} is new, NOT NULL and without a default"
        yield from _broken_rules(table, before, after)


def _broken_column(name: str, old: Column, new: Column | None) -> Iterator[str]:
    if new is None:
        yield f"{name} is dropped"
        return
    if old.type != new.type and not _holds(old.type, new.type):
        yield f"{name} changes from {old.type} to {new.type}"
    if new.is_required and not old.is_required:
        yield f"{name} becomes NOT NULL"
    if old.is_required and not new.is_required:
        yield f"{name} may become NULL"
    if old.is_filled and not new.is_filled and new.is_required:
        yield f"{name} loses its default"


def _holds(old: str, new: str) -> bool:
    """Returns whether each value of the old type has a place in the new type."""
    lengths = [re.fullmatch(r"character varying\((\d+)\)", type_) for type_ in (old, new)]
    if lengths[0] and lengths[1]:
        return int(lengths[0][1]) <= int(lengths[1][1])
    return (lengths[0] is not None and new in ("text", "character varying")) or (old, new) in WIDER


def _broken_rules(table: str, before: Schema, after: Schema) -> Iterator[str]:
    old, new = before.rules.get(table, {}), after.rules.get(table, {})
    for name, rule in new.items():
        if name in old and old[name].definition != rule.definition:
            yield f"rule {name} of {table} changes: {rule.definition}"
        elif name not in old and not _is_inert(rule, before.tables[table], after.tables[table]):
            yield f"rule {name} of {table} is new: {rule.definition}"


def _is_inert(rule: Rule, old: dict[str, Column], new: dict[str, Column]) -> bool:
    """Returns whether rows of the previous release are exempt: a column that they leave NULL is part of the key."""
    added = [new[name] for name in rule.columns if name not in old]
    is_key = rule.definition.startswith(("UNIQUE", "FOREIGN KEY", "CREATE UNIQUE INDEX"))
    return is_key and any(not column.is_required and not column.is_filled for column in added)
