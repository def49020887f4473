"""The SQL statements that stand in files of their own, in `sql/`, beside their explanation."""

from __future__ import annotations

from pathlib import Path

from servicekit.db.statements import read_statement

_FOLDER = Path(__file__).parent / "sql"

CREATE_INVOICE = read_statement(_FOLDER / "create_invoice.sql")
START_ATTEMPT = read_statement(_FOLDER / "start_attempt.sql")
SETTLE_ATTEMPTS = read_statement(_FOLDER / "settle_attempts.sql")
