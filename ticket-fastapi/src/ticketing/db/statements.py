"""The SQL statements that stand in files of their own, in `sql/`, beside their explanation."""

from __future__ import annotations

from pathlib import Path

from servicekit.db import statements

SQL_FOLDER = Path(__file__).parent / "sql"


def read_statement(name: str) -> str:
    """Returns the statement of `sql/{name}.sql` without its explanation."""
    return statements.read_statement(SQL_FOLDER / f"{name}.sql")
