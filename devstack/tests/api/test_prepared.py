"""A new stack starts with a copy of databases that were migrated before."""

from collections.abc import Callable
from pathlib import Path

import psycopg2
import pytest

from devstack import processes
from devstack.environment import StackEnvironment
from devstack.home import Home
from devstack.prepared import VARIABLE
from devstack.stack import Stack
from devstack.tests import fake_platform


@pytest.fixture
def start(tmp_path: Path, offset: str, given_store: dict[str, str]) -> Callable[[Home], StackEnvironment]:
    """Starts the fake platform in a home; all starts share the copies."""
    variables = {**given_store, VARIABLE: str(tmp_path / "copies"), "PORT_OFFSET": offset}
    return lambda home: fake_platform.stack(home, **variables).up()


def stop(home: Home) -> None:
    assert Stack(home, {}).down()


def was_migrated(home: Home) -> bool:
    return home.log("migrate-client").exists()


def connects(url: str) -> bool:
    psycopg2.connect(url).close()
    return True


def is_refused(url: str) -> bool:
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(url)
    return True


def test_the_second_stack_has_the_first_ones_schema_and_passwords_of_its_own(
    home: Home, start: Callable[[Home], StackEnvironment], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = start(home)
    assert was_migrated(home)
    old = [*first.database_urls.values(), processes.postgres_server(first).superuser_url()]
    assert all(map(connects, old))
    stop(home)

    other = Home(home.path.parent / "other")
    second = start(other)
    try:
        assert not was_migrated(other)
        assert all(map(connects, [*second.database_urls.values(), processes.postgres_server(second).superuser_url()]))
        assert all(map(is_refused, old))
    finally:
        stop(other)

    changed = Home(home.path.parent / "changed")
    monkeypatch.setattr(fake_platform, "MIGRATION", "print('another migration')")
    start(changed)
    try:
        assert was_migrated(changed)
    finally:
        stop(changed)
