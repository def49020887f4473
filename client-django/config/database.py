"""Parses the database's address, and ends processes that cannot use the database."""

import sys
from typing import NoReturn
from urllib.parse import SplitResult, unquote, urlsplit

import psycopg2
from psycopg2.extensions import make_dsn

UNREACHABLE, WRONG_SETTING = 1, 2
"""Exit statuses (contracts/README.md, processes and environment)."""
SHAPE = "must be postgresql://user:password@host:port/name"
# Messages of PostgreSQL and its client library about an address that is wrong for good.
WRONG = (
    "authentication failed",
    "does not exist",
    "no pg_hba.conf entry",
    "permission denied for database",
    "is not permitted to log in",
    "received invalid response",
    "expected authentication request",
)


def connection_parameters(database_url: str) -> dict[str, str]:
    """Returns the parts of `postgresql://user:password@host:port/name` under libpq's names. Raises ValueError."""
    url = urlsplit(database_url)
    parts = {
        "dbname": unquote(url.path.strip("/")),
        "user": unquote(url.username or ""),
        "password": unquote(url.password or ""),
        "host": url.hostname or "",
        "port": str(_port(url)),
    }
    if url.scheme not in {"postgresql", "postgres"} or not parts["dbname"] or not parts["host"]:
        raise ValueError(SHAPE)
    if not all(part.isprintable() for part in parts.values()):
        raise ValueError(SHAPE)
    return parts


def _port(url: SplitResult) -> int:
    try:
        return url.port or 5432
    except ValueError:
        # The library's own message would show the value.
        raise ValueError(SHAPE) from None


def require_database(database_url: str) -> None:
    """Ends the process unless the database accepts a connection."""
    try:
        psycopg2.connect(make_dsn(connect_timeout=5, **connection_parameters(database_url))).close()
    except psycopg2.OperationalError as error:
        exit_without_database(error)


def exit_without_database(error: BaseException) -> NoReturn:
    """Ends the process with one sentence: status 1 if the database may come back, 2 if the address is wrong."""
    reason = str(error).strip()
    first_line = reason.partition("\n")[0].strip().rstrip(".") or "it does not answer"
    sys.stderr.write(f"The client service cannot use the database of DATABASE_URL: {first_line}.\n")
    raise SystemExit(WRONG_SETTING if any(sign in reason for sign in WRONG) else UNREACHABLE)
