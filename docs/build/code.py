"""What the services' code says of itself: state machines and tables. Needs no server and no service's settings."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from docs.build.places import REPOSITORY

for _folder in ("servicekit/src", "ticket-fastapi/src", "payment-aiohttp/src", "client-django"):
    sys.path.append(str(REPOSITORY / _folder))

DJANGO_APPS = {
    "accounts": "client.accounts",
    "api": "client.edge",
    "integrations": "client.webhooks",
    "bookings": "client.bookings",
    "waitlist": "client.waitlist",
    "notifications": "client.notifications",
}
"""The apps with tables: label, which begins their names, and package."""
TYPE_NAMES = {
    "timestamp with time zone": "timestamptz",
    "integer": "int",
    "double precision": "float",
    "boolean": "bool",
    "smallint unsigned": "smallint",
    "float": "float",
}


@dataclass(frozen=True)
class Machine:
    """A state machine: its states in the enum's order, and every allowed step."""

    states: tuple[str, ...]
    steps: tuple[tuple[str, str, str], ...]
    """From, action, to."""


@dataclass(frozen=True)
class Column:
    """One column; `target` is the table that it refers to."""

    name: str
    type: str
    nullable: bool
    is_key: bool
    target: str | None


@dataclass(frozen=True)
class TableShape:
    """One table; `unique` names what must be unique in it, besides its key."""

    name: str
    columns: tuple[Column, ...]
    unique: tuple[str, ...]


def machine(module: str, states: str) -> Machine:
    """The transition table of a domain module."""
    loaded = importlib.import_module(module)
    enum: type[StrEnum] = getattr(loaded, states)
    table: dict[tuple[StrEnum, StrEnum], StrEnum] = loaded.TRANSITIONS
    return Machine(
        tuple(state.value for state in enum),
        tuple((before.value, action.value, after.value) for (before, action), after in table.items()),
    )


def sqlalchemy_tables(module: str) -> list[TableShape]:
    """The tables of a service's SQLAlchemy metadata."""
    import sqlalchemy as sa  # noqa: PLC0415 - only this needs it
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415

    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]

    def columns(table: sa.Table) -> Iterator[Column]:
        for column in table.columns:
            target = next((key.column.table.name for key in column.foreign_keys), None)
            yield Column(
                column.name, _short(column.type.compile(dialect)), bool(column.nullable), column.primary_key, target
            )

    def unique(table: sa.Table) -> Iterator[str]:
        for constraint in table.constraints:
            if isinstance(constraint, sa.UniqueConstraint):
                yield ", ".join(column.name for column in constraint.columns)
        for index in table.indexes:
            if index.unique:
                yield str(index.name)

    metadata: sa.MetaData = importlib.import_module(module).metadata
    return [
        TableShape(table.name, tuple(columns(table)), tuple(sorted(unique(table))))
        for table in metadata.tables.values()
    ]


def django_tables() -> list[TableShape]:
    """The tables of the client service's own models."""
    import django  # noqa: PLC0415
    from django.apps import apps  # noqa: PLC0415
    from django.conf import settings  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    if not settings.configured:
        settings.configure(
            INSTALLED_APPS=[
                "django.contrib.contenttypes",
                "django.contrib.auth",
                *DJANGO_APPS.values(),
            ],
            AUTH_USER_MODEL="accounts.User",
            DATABASES={"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "never-connected-to"}},
            USE_TZ=True,
        )
        django.setup()
    return [
        _django_table(model, connection) for label in DJANGO_APPS for model in apps.get_app_config(label).get_models()
    ]


def _django_table(model: Any, connection: Any) -> TableShape:
    columns = [
        Column(
            field.column,
            _short(field.db_type(connection)),
            field.null,
            field.primary_key,
            field.related_model._meta.db_table if field.is_relation else None,
        )
        for field in model._meta.concrete_fields
    ]
    named = [item.name for item in model._meta.constraints if type(item).__name__ == "UniqueConstraint"]
    alone = [field.column for field in model._meta.concrete_fields if field.unique and not field.primary_key]
    return TableShape(model._meta.db_table, tuple(columns), tuple(sorted([*named, *alone])))


def _short(sql_type: str) -> str:
    lowered = sql_type.lower()
    return TYPE_NAMES.get(lowered, lowered.replace("character varying", "varchar").replace(" unsigned", ""))
