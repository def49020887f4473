"""A mail server that accepts every mail and keeps it; as much of SMTP (RFC 5321) as Django's backend speaks."""

from __future__ import annotations

import email
import email.policy
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage

from devstack.ports import HOST

END_OF_MAIL = b".\r\n"


class MailSink(socketserver.ThreadingTCPServer):
    """Listens on a port of its own."""

    daemon_threads = True

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        super().__init__((HOST, 0), _Conversation)

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Conversation(socketserver.StreamRequestHandler):
    server: MailSink

    def handle(self) -> None:
        try:
            self._say("220 ready")
            while line := self.rfile.readline():
                self._answer(line[:4].strip().upper())
                if line[:4].upper() == b"QUIT":
                    return
        except ConnectionError:
            return

    def _answer(self, command: bytes) -> None:
        if command != b"DATA":
            self._say("221 bye" if command == b"QUIT" else "250 fine")
            return
        self._say("354 go on")
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != END_OF_MAIL:
            if not line:
                raise ConnectionError
            lines.append(line.removeprefix(b"."))
        self.server.mails.append(email.message_from_bytes(b"".join(lines), policy=email.policy.default))
        self._say("250 kept")

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


@contextmanager
def mail_sink() -> Iterator[MailSink]:
    """One that listens during the block."""
    with MailSink() as sink:
        thread = threading.Thread(target=sink.serve_forever, name="mail sink")
        thread.start()
        try:
            yield sink
        finally:
            sink.shutdown()
            thread.join()
