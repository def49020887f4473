"""`./dev reconcile` when an organizer's list of holds cannot be read: it says so, and takes it for no empty list."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.support import reconcile
from tests.support.environment import Environment
from tests.support.reading import organizers
from tests.support.snapshot import Snapshot


@contextmanager
def organizer(status: int, body: str) -> Iterator[str]:
    """The address of an organizer that answers everything with this body."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


UNREADABLE = {
    "a page of HTML": (200, "<h1>Welcome</h1>"),
    "an empty body": (200, ""),
    "a list without its envelope": (200, "[]"),
    "a page without a cursor": (200, '{"items": []}'),
    "a hold without seats": (200, '{"items": [{"hold_id": "a", "status": "HELD"}], "next_cursor": null}'),
    "an error": (500, "{}"),
}


@pytest.mark.parametrize(("status", "body"), UNREADABLE.values(), ids=list(UNREADABLE))
def test_a_list_that_cannot_be_read_ends_reconcile_with_2_and_a_sentence(
    status: int, body: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with organizer(status, body) as address:

        def read(environment: Environment) -> Snapshot:
            snapshot = Snapshot(now=datetime.now(UTC))
            organizers.read_into(snapshot, {"quiet-hall": address}, "key")
            return snapshot

        monkeypatch.setattr(reconcile, "read_snapshot", read)
        monkeypatch.setattr(sys, "argv", ["reconcile"])
        monkeypatch.setattr(Environment, "of_process", classmethod(lambda cls: None))
        assert reconcile.main() == 2
    assert capsys.readouterr().err.startswith("The stack cannot be read: ")


def test_an_empty_list_is_a_list() -> None:
    snapshot = Snapshot(now=datetime.now(UTC))
    with organizer(200, '{"items": [], "next_cursor": null}') as address:
        organizers.read_into(snapshot, {"quiet-hall": address}, "key")
    assert snapshot.holds == {}
