"""What a process says of a database that it cannot work with: a sentence for each reason, and never a password."""

from __future__ import annotations

import socket

import pytest
from payments.db import availability
from payments.settings import DatabaseSettings
from payments.starting import check_database

REACHED = "the database of DATABASE_URL"
REASONS = {
    "unreachable": (
        "postgresql://payment:secret@127.0.0.1:9/payment",
        1,
        f"{REACHED} (127.0.0.1:9/payment) cannot be reached: connection refused.",
    ),
    "unknown host": (
        "postgresql://payment:secret@no-such-host.invalid/payment",
        1,
        f"{REACHED} (no-such-host.invalid:5432/payment) cannot be reached: unknown host.",
    ),
    "no such database": (
        "{server}/no_such_database",
        2,
        'DATABASE_URL is not usable: database "no_such_database" does not exist.',
    ),
    "wrong password": (
        "{stranger}/postgres",
        2,
        'DATABASE_URL is not usable: password authentication failed for user "postgres".',
    ),
    "wrong option": ("{server}/postgres?sslmode=perhaps", 2, "DATABASE_URL is not usable: "),
}


@pytest.mark.parametrize(("url", "status", "reason"), REASONS.values(), ids=REASONS)
def test_each_reason_has_its_sentence_and_its_status(
    database_url: str, capsys: pytest.CaptureFixture[str], url: str, status: int, reason: str
) -> None:
    server = database_url.rpartition("/")[0]
    stranger = f"postgresql://postgres:secret@{server.rpartition('@')[2]}"
    settings = DatabaseSettings.model_validate({"database_url": url.format(server=server, stranger=stranger)})
    with pytest.raises(SystemExit) as ended:
        check_database(settings)
    said = capsys.readouterr().err
    assert ended.value.code == status
    assert said.startswith(f"The payment service cannot start: {reason}")
    assert said.count("\n") == 1
    assert "secret" not in said


def test_a_server_that_stays_silent_is_not_waited_for_without_end(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(availability, "CHECKOUT_SECONDS", 0.2)

    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://payment:secret@127.0.0.1:{silent.getsockname()[1]}/payment"
        with pytest.raises(SystemExit):
            check_database(DatabaseSettings.model_validate({"database_url": url}))
    assert "cannot be reached: no answer within 0.2 seconds." in capsys.readouterr().err


def test_a_database_that_answers_lets_the_process_go_on(database_url: str) -> None:
    check_database(DatabaseSettings.model_validate({"database_url": database_url}))
