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
def test_without_a_database_a_process_ends_with_status_1_and_a_lasting_one_has_warned_of_public_keys(
    command: list[str],
) -> None:
    """Two rules in one, since each start of a process costs more than a second."""
    port = unused_port()
    done = run(
        command,
        DATABASE_URL=f"postgresql://client:secret-word@127.0.0.1:{port}/client",
        TICKET_API_KEY="demo-ticket-key-demo-ticket-key",
        LOG_LEVEL="WARNING",
    )
    assert done.returncode == 1, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith("The client service cannot use the database of DATABASE_URL: connection to server at")
    assert f"port {port} failed: Connection refused" in done.stderr
    assert "secret-word" not in done.stderr + done.stdout
    assert "demo-ticket-key" not in done.stdout + done.stderr
    warnings = [json.loads(line) for line in done.stdout.splitlines() if "settings.public_keys" in line]
    named = [(line["event"], line["level"], line["variables"]) for line in warnings]
    once = [("settings.public_keys", "warning", ["TICKET_API_KEY"])]
    assert named == (once if command in (HTTP, WORKER) else [])
