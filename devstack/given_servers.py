"""Checks the databases and the object store that a person gives instead of the stack's own servers."""

from urllib.parse import urlsplit

import psycopg2

from devstack.deadlines import stretched
from devstack.environment import DATABASES, StackEnvironment
from devstack.failures import StackFailure

CONNECT_SECONDS = 5
DATABASE_SCHEMES = ("postgresql", "postgres")


def require(stack: StackEnvironment) -> None:
    """Returns if every given server can be used; otherwise fails before anything is started."""
    for name in DATABASES:
        variable = f"{name.upper()}_DATABASE_URL"
        if stack.given.get(variable, "").strip():
            _require_database(variable, stack.database_urls[name])
    if not stack.object_store.ours:
        from devstack import bucket  # noqa: PLC0415 - takes long

        bucket.make_bucket(stack.object_store)


def _require_database(variable: str, url: str) -> None:
    form = f"{variable} must have the form postgresql://user:password@host:port/name."
    try:
        parts = urlsplit(url)
        is_url = parts.scheme in DATABASE_SCHEMES and bool(parts.hostname) and len(parts.path) > 1
        where = f"{parts.hostname}:{parts.port or 5432}"
    except ValueError as error:
        raise StackFailure(form) from error
    if not is_url:
        raise StackFailure(form)
    try:
        psycopg2.connect(url, connect_timeout=round(stretched(CONNECT_SECONDS))).close()
    except (psycopg2.Error, UnicodeError) as error:
        raise StackFailure(f"{variable} cannot be used: {_reason(error, where)}.") from error


def _reason(error: Exception, where: str) -> str:
    """Returns PostgreSQL's refusal, or that no server answers, without the driver's own words."""
    first = str(error).partition("\n")[0].strip().rstrip(".")
    if "FATAL: " in first:
        return f"the server at {where} says: {first.partition('FATAL: ')[2].strip()}"
    if "could not translate host name" in first:
        return f"there is no host {where.rpartition(':')[0]}"
    return f"no PostgreSQL server answers at {where}"
