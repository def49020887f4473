"""The Postman environment that `./dev postman` writes."""

import json
import subprocess
from pathlib import Path

import pytest

from devstack import postman
from devstack.environment import describe
from devstack.failures import StackFailure
from devstack.home import REPOSITORY, Home
from postman.build.environments import COMPOSE, LOCAL_NAME, VARIABLES
from postman.build.files import LOCAL_ENVIRONMENT, OWN_COMPOSE_ENVIRONMENT


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


def test_the_environment_for_compose_has_the_ports_and_keys_of_its_env_file_or_the_defaults(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text(
        "# own keys\nTICKET_API_KEY=my-own-ticket-key\nSTAFF_PASSWORD='my own password'\nPAYMENT_PORT=9002\n"
        "FRONTEND_URL=https://tickets.example.com\n"
    )
    written = json.loads(postman.write_for_compose(dotenv, tmp_path / "environment.json").read_text())
    values = {entry["key"]: entry["value"] for entry in written["values"]}
    changed = {name: value for name, value in values.items() if value != COMPOSE[name]}
    assert changed == {
        "ticket_key": "my-own-ticket-key",
        "staff_password": "my own password",
        "payment_url": "http://localhost:9002",
    }


def test_without_an_env_file_compose_has_its_defaults(tmp_path: Path) -> None:
    written = json.loads(postman.write_for_compose(tmp_path / ".env", tmp_path / "environment.json").read_text())
    assert {entry["key"]: entry["value"] for entry in written["values"]} == COMPOSE


def test_a_broken_env_file_is_reported_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TICKET_API_KEY='no end\n")
    with pytest.raises(StackFailure, match="cannot be read"):
        postman.write_for_compose(tmp_path / ".env", tmp_path / "environment.json")


def test_only_its_owner_may_read_it(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "environment.json"
    path.touch(mode=0o644)
    postman.write(describe(home, {}), path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_git_ignores_the_file_and_its_temporary_file() -> None:
    if not (REPOSITORY / ".git").exists():
        pytest.skip("this copy of the repository is not under git")
    for path in (LOCAL_ENVIRONMENT, OWN_COMPOSE_ENVIRONMENT):
        for name in (path.name, f"{path.name}.17.new"):
            asked = subprocess.run(["git", "check-ignore", "--quiet", str(path.with_name(name))], cwd=REPOSITORY)
            assert asked.returncode == 0, name


def test_the_four_clicks_name_both_files_and_the_environment(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = postman.write(describe(home, {}), tmp_path / "environment.json")
    postman.explain(written)
    printed = capsys.readouterr().out
    assert "ticketing.postman_collection.json" in printed
    assert str(written) in printed
    assert LOCAL_NAME in printed
    assert [line[:2] for line in printed.splitlines() if line[:1].isdigit()] == ["1.", "2.", "3.", "4."]
