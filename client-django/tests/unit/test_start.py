"""A process that cannot start says why in one sentence: status 2 for a wrong setting, 1 for an unavailable database."""

import json

import pytest

from tests.processes import BOOTSTRAP, HTTP, MIGRATE, WORKER, run, unused_port

pytestmark = pytest.mark.timeout(180)


@pytest.mark.parametrize("command", [MIGRATE, HTTP, WORKER], ids=["migrate", "http", "worker"])
def test_a_missing_setting_ends_the_process_with_status_2(command: list[str]) -> None:
    done = run(command, SECRET_KEY="")
    assert (done.returncode, done.stderr) == (2, "The client service cannot start: SECRET_KEY is not set\n")


@pytest.mark.parametrize("command", [MIGRATE, BOOTSTRAP, HTTP, WORKER], ids=["migrate", "bootstrap", "http", "worker"])
def test_a_database_that_nobody_serves_ends_the_process_with_status_1(command: list[str]) -> None:
    port = unused_port()
    done = run(command, DATABASE_URL=f"postgresql://client:secret-word@127.0.0.1:{port}/client")
    assert done.returncode == 1, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("The client service cannot use the database of DATABASE_URL: connection to server at")
    assert f"port {port} failed: Connection refused" in done.stderr
    assert "secret-word" not in done.stderr + done.stdout


@pytest.mark.parametrize("command", [HTTP, WORKER], ids=["http", "worker"])
def test_public_keys_are_warned_of_once_by_name(command: list[str]) -> None:
    done = run(
        command,
        DATABASE_URL=f"postgresql://client:secret@127.0.0.1:{unused_port()}/client",
        TICKET_API_KEY="demo-ticket-key-demo-ticket-key",
        LOG_LEVEL="WARNING",
    )
    (line,) = [json.loads(line) for line in done.stdout.splitlines() if "settings.public_keys" in line]
    assert (line["event"], line["level"], line["variables"]) == ("settings.public_keys", "warning", ["TICKET_API_KEY"])
    assert "demo-ticket-key" not in done.stdout + done.stderr
