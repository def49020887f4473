"""Whatever the client service answers, a call costs a bounded amount of memory."""

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from frontend.api.errors import ServiceUnreachable, Trouble
from frontend.api.transport import MOST_BYTES, Call, Transport

MEGABYTE = b" " * 2**20
EMPTY_PAGE = json.dumps({"items": [], "next_cursor": None}).encode()


@contextmanager
def answering(body: bytes, times: int, encoding: str | None) -> Iterator[tuple[Transport, list[int]]]:
    """Gives a transport to a service that answers with `body` so many times over, and what it has sent."""
    sent: list[int] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with suppress(OSError):
                self.send_response(200)
                if encoding:
                    self.send_header("Content-Encoding", encoding)
                self.end_headers()
                for _ in range(1 if self.path == "/healthz" else times):
                    self.wfile.write(body)
                    sent.append(len(body))

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    with ExitStack() as stack:
        server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        stack.callback(server.server_close)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        stack.callback(server.shutdown)
        transport = Transport(f"http://127.0.0.1:{server.server_port}")
        stack.callback(transport.close)
        yield transport, sent


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_more_than_the_limit_is_read_however_long_the_answer_is(method: str) -> None:
    with answering(MEGABYTE, times=300, encoding=None) as (transport, sent):
        with pytest.raises(ServiceUnreachable) as failure:
            transport.send(Call(method, "/events", deadline=20))
        assert (failure.value.trouble, failure.value.was_sent) == (Trouble.UNREADABLE, True)
        # The kernel keeps a few MB of what nobody has read.
        assert sum(sent) < 4 * MOST_BYTES


def test_a_compressed_answer_is_refused_and_not_expanded() -> None:
    with (
        answering(gzip.compress(EMPTY_PAGE + MEGABYTE), times=1, encoding="gzip") as (transport, _),
        pytest.raises(ServiceUnreachable) as failure,
    ):
        transport.send(Call("GET", "/events"))
    assert failure.value.trouble is Trouble.UNREADABLE


def test_an_answer_of_the_largest_size_is_read() -> None:
    with answering(EMPTY_PAGE.ljust(MOST_BYTES), times=1, encoding=None) as (transport, _):
        assert transport.send(Call("GET", "/events", deadline=20)).json() == {"items": [], "next_cursor": None}
