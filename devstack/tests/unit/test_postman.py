"""The Postman environment that `./dev postman` writes."""

import json
import subprocess
from pathlib import Path

import pytest

from devstack import postman
from devstack.environment import describe
from devstack.home import REPOSITORY, Home
from postman.build.environments import VARIABLES
from postman.build.files import LOCAL_ENVIRONMENT


def test_it_has_the_addresses_and_keys_of_the_stack(home: Home, tmp_path: Path) -> None:
    stack = describe(home, {"PORT_OFFSET": "300"})
    written = json.loads(postman.write(stack, tmp_path / "environment.json").read_text())
    values = {entry["key"]: entry["value"] for entry in written["values"]}
    assert list(values) == list(VARIABLES)
    assert all(values.values())
    assert values["client_url"] == "http://127.0.0.1:8300"
    assert values["ticket_key"] == stack.secrets.ticket_operator_key
    assert {entry["key"] for entry in written["values"] if entry["type"] == "secret"} >= {
        "ticket_key",
        "staff_password",
    }


def test_only_its_owner_may_read_it(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "environment.json"
    path.touch(mode=0o644)
    postman.write(describe(home, {}), path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_git_ignores_it_and_what_a_crash_may_leave_of_it() -> None:
    if not (REPOSITORY / ".git").exists():
        pytest.skip("this copy of the repository is not under git")
    for path in (LOCAL_ENVIRONMENT, LOCAL_ENVIRONMENT.with_name(f"{LOCAL_ENVIRONMENT.name}.17.new")):
        asked = subprocess.run(["git", "check-ignore", "--quiet", str(path)], cwd=REPOSITORY)
        assert asked.returncode == 0, path


def test_the_four_clicks_name_both_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    postman.explain(tmp_path / "environment.json")
    printed = capsys.readouterr().out
    assert "ticketing.postman_collection.json" in printed
    assert str(tmp_path / "environment.json") in printed
    assert [line[:2] for line in printed.splitlines() if line[:1].isdigit()] == ["1.", "2.", "3.", "4."]
