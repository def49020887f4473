"""A database that cannot be used is reported in one sentence, without a traceback and without the password."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg2
import pytest
from servicekit.db import startup
from servicekit.db.startup import require_database
from servicekit.settings import DatabaseSettings, ServiceSettings

TABLE = "example"
"""A table that the migrated database has."""


def url_with(settings: ServiceSettings, **parts: str) -> str:
    """Returns DATABASE_URL with one part replaced."""
    address = urlsplit(settings.database_dsn())
    user, password = parts.get("user", address.username), parts.get("password", address.password)
    host = parts.get("host", f"{address.hostname}:{address.port}")
    query = parts.get("query", "")
    return urlunsplit(("postgresql", f"{user}:{password}@{host}", parts.get("path", address.path), query, ""))


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@pytest.fixture
def silent_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        yield int(silent.getsockname()[1])


@pytest.fixture
def unmigrated() -> Iterator[str]:
    name = f"kit_test_{uuid4().hex[:12]}"
    with closing(psycopg2.connect(os.environ["TEST_POSTGRES_URL"])) as connection:
        connection.autocommit = True
        connection.cursor().execute(f"CREATE DATABASE {name}")
        yield f"/{name}"
        connection.cursor().execute(f"DROP DATABASE {name} WITH (FORCE)")


def require(url: str, *, table: str | None = TABLE) -> None:
    settings = DatabaseSettings.model_validate({"database_url": url})
    require_database(settings, "example", table=table, migrate="python -m example.migrate")


def assert_refused(capsys: pytest.CaptureFixture[str], url: str, status: int, words: str) -> None:
    with pytest.raises(SystemExit) as ended:
        require(url)
    sentence = capsys.readouterr().err
    assert ended.value.code == status
    assert sentence.startswith("The example service cannot start: ")
    assert (words in sentence, sentence.count("\n")) == (True, 1), sentence
    assert str(urlsplit(url).password) not in sentence


def test_a_database_whose_host_does_not_exist(settings: ServiceSettings, capsys: pytest.CaptureFixture[str]) -> None:
    host = "no-such-host.invalid:5432"
    assert_refused(
        capsys, url_with(settings, host=host), 1, f"the database of DATABASE_URL, at {host}, cannot be reached: "
    )


def test_a_database_at_a_port_where_nothing_listens(
    settings: ServiceSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    url = url_with(settings, host=f"127.0.0.1:{closed_port()}")
    assert_refused(capsys, url, 1, "cannot be reached: Connection refused")


def test_a_database_that_never_answers(
    settings: ServiceSettings, capsys: pytest.CaptureFixture[str], silent_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(startup, "CONNECT_SECONDS", 0.2)
    url = url_with(settings, host=f"127.0.0.1:{silent_port}")
    assert_refused(capsys, url, 1, "cannot be reached: no answer within 0.2 seconds")


def test_a_database_that_refuses_the_password(settings: ServiceSettings, capsys: pytest.CaptureFixture[str]) -> None:
    url = url_with(settings, password="wrong-" + uuid4().hex)
    assert_refused(capsys, url, 2, "refuses it: password authentication failed")


def test_a_database_that_does_not_exist(settings: ServiceSettings, capsys: pytest.CaptureFixture[str]) -> None:
    assert_refused(capsys, url_with(settings, path="/nowhere"), 2, 'database "nowhere" does not exist')


def test_an_unknown_connection_setting(settings: ServiceSettings, capsys: pytest.CaptureFixture[str]) -> None:
    assert_refused(capsys, url_with(settings, query="sslmode=perhaps"), 2, "refuses it: ")


def test_a_database_that_was_never_migrated(
    settings: ServiceSettings, capsys: pytest.CaptureFixture[str], unmigrated: str
) -> None:
    url = url_with(settings, path=unmigrated)
    assert_refused(capsys, url, 1, "run `python -m example.migrate`")
    require(url, table=None)


def test_a_database_that_answers_lets_the_process_go_on(settings: ServiceSettings) -> None:
    require(settings.database_dsn())
