"""How root and ordinary users start PostgreSQL."""

import os
import pwd
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from devstack import privileges
from devstack.failures import StackFailure

PROGRAM, DATA = Path("/opt/postgres"), Path("/srv/home/postgres")


def only(*programs: str) -> Callable[[Sequence[str]], bool]:
    """Lets only commands that begin with one of these programs succeed."""
    return lambda command: Path(command[0]).name in programs


@pytest.fixture
def as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    nobody = pwd.struct_passwd(("nobody", "x", 65534, 65534, "", "/", "/bin/false"))
    monkeypatch.setattr(pwd, "getpwnam", lambda _name: nobody)


def test_an_ordinary_user_runs_it_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert privileges.choose(PROGRAM, DATA).command(PROGRAM, "-D", "x") == ["/opt/postgres", "-D", "x"]


@pytest.mark.usefixtures("as_root")
def test_root_becomes_an_unprivileged_user_who_can_reach_the_files() -> None:
    chosen = privileges.choose(PROGRAM, DATA, only("setpriv", "unshare"))
    assert chosen.command(PROGRAM)[:3] == ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534"]
    assert chosen.owner == (65534, 65534)


@pytest.mark.usefixtures("as_root")
def test_root_uses_a_user_namespace_if_no_other_user_can_reach_the_files() -> None:
    chosen = privileges.choose(PROGRAM, DATA, only("unshare"))
    assert chosen.command(PROGRAM) == ["/usr/bin/unshare", "--user", "/opt/postgres"]
    assert chosen.owner == (0, 0)


@pytest.mark.usefixtures("as_root")
def test_root_without_either_gets_a_message_that_says_what_to_do() -> None:
    with pytest.raises(StackFailure, match=r"start \./dev as an ordinary user"):
        privileges.choose(PROGRAM, DATA, only())
