"""Statements on the PostgreSQL server itself, such as creating databases and roles."""

from __future__ import annotations

import os
from contextlib import closing

import psycopg2


def administer(statement: str) -> None:
    """Runs SQL as the superuser."""
    with closing(psycopg2.connect(os.environ["TEST_POSTGRES_URL"])) as connection:
        connection.autocommit = True
        connection.cursor().execute(statement)
