"""The SQL statements that stand in files of their own, in `sql/`, beside their explanation."""

from __future__ import annotations

from pathlib import Path

SQL_FOLDER = Path(__file__).parent / "sql"


def read_statement(name: str) -> str:
    """Returns the statement of `sql/{name}.sql` without its explanation, so that `pg_stat_activity` shows its SQL."""
    lines = (SQL_FOLDER / f"{name}.sql").read_text().splitlines()
    return "\n".join(line for line in lines if not line.startswith("--")).strip()
