"""The SQL statements that stand in files of their own, in `sql/`, beside their explanation."""

from __future__ import annotations

from pathlib import Path

SQL_FOLDER = Path(__file__).parent / "sql"


def read_statement(name: str) -> str:
    """Returns the text of `sql/{name}.sql`."""
    return (SQL_FOLDER / f"{name}.sql").read_text().strip()
