"""SQL statements that stand in files of their own, beside their explanation."""

from __future__ import annotations

from pathlib import Path


def read_statement(file: Path) -> str:
    """Returns the statement in `file` without its explanation, so that `pg_stat_activity` shows its SQL."""
    lines = file.read_text().splitlines()
    return "\n".join(line for line in lines if not line.startswith("--")).strip()
