"""A process that cannot start says why in one sentence, without a traceback."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg2
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from support.process import environment, line_with, running
from ticketing import start
from ticketing.settings import DatabaseSettings, Settings
from ticketing.start import require_database

MODULES = ("ticketing.main", "ticketing.worker", "ticketing.migrate")


def url_with(settings: Settings, **parts: str) -> str:
    """DATABASE_URL with another part."""
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
    name = f"ticket_test_{uuid4().hex[:12]}"
    with closing(psycopg2.connect(os.environ["TEST_POSTGRES_URL"])) as connection:
        connection.autocommit = True
        connection.cursor().execute(f"CREATE DATABASE {name}")
        yield f"/{name}"
        connection.cursor().execute(f"DROP DATABASE {name} WITH (FORCE)")


def assert_refused(
    capsys: pytest.CaptureFixture[str], url: str, status: int, words: str, *, migrated: bool = True
) -> None:
    with pytest.raises(SystemExit) as ended:
        require_database(DatabaseSettings.model_validate({"database_url": url}), migrated=migrated)
    sentence = capsys.readouterr().err
    assert ended.value.code == status
    assert sentence.startswith("The ticket service cannot start: ")
    assert (words in sentence, sentence.count("\n")) == (True, 1), sentence
    assert str(urlsplit(url).password) not in sentence


def test_a_database_whose_host_does_not_exist(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    host = "no-such-host.invalid:5432"
    assert_refused(capsys, url_with(settings, host=host), 1, f"the database at {host} cannot be reached: ")


def test_a_database_at_a_port_where_nothing_listens(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    url = url_with(settings, host=f"127.0.0.1:{closed_port()}")
    assert_refused(capsys, url, 1, "cannot be reached: Connection refused")


def test_a_database_that_never_answers(
    settings: Settings, capsys: pytest.CaptureFixture[str], silent_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start, "CONNECT_SECONDS", 0.2)
    url = url_with(settings, host=f"127.0.0.1:{silent_port}")
    assert_refused(capsys, url, 1, "cannot be reached: no answer within 0.2 seconds")


def test_a_database_that_refuses_the_password(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    url = url_with(settings, password="wrong-" + uuid4().hex)
    assert_refused(capsys, url, 2, "refuses DATABASE_URL: password authentication failed")


def test_a_database_that_does_not_exist(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert_refused(capsys, url_with(settings, path="/nowhere"), 2, 'database "nowhere" does not exist')


def test_a_setting_of_the_connection_that_there_is_not(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert_refused(capsys, url_with(settings, query="sslmode=perhaps"), 2, "refuses DATABASE_URL: ")


def test_a_database_that_was_never_migrated(
    settings: Settings, capsys: pytest.CaptureFixture[str], unmigrated: str
) -> None:
    url = url_with(settings, path=unmigrated)
    assert_refused(capsys, url, 1, "run `python -m ticketing.migrate`")
    require_database(DatabaseSettings.model_validate({"database_url": url}), migrated=False)


async def test_each_process_says_it_without_a_traceback(settings: Settings) -> None:
    env = environment(settings, DATABASE_URL=url_with(settings, host=f"127.0.0.1:{closed_port()}"))

    async def said(module: str) -> tuple[int | None, str, str]:
        async with running(module, env=env) as process:
            output, errors = await asyncio.wait_for(process.communicate(), 50)
        return process.returncode, errors.decode(), output.decode()

    for status, sentence, output in await asyncio.gather(*map(said, MODULES)):
        assert (status, sentence.count("\n"), output) == (1, 1, "")
        assert "cannot be reached: Connection refused" in sentence


async def test_a_worker_without_its_object_store_says_so_and_lives(settings: Settings, engine: AsyncEngine) -> None:
    env = environment(settings, S3_ENDPOINT="http://127.0.0.1:9", S3_REGION="eu-central-1")
    async with running("ticketing.worker", env=env) as process:
        line = await line_with(process, "bucket.unavailable", seconds=40)
        assert "the object store does not answer" in line
        assert "Traceback" not in line
        assert process.returncode is None
