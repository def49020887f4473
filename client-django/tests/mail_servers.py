"""A mail server that counts its connections, and one that drips (a tarpit)."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

PAUSE = 0.05


@dataclass
class MailServer:
    """What the server has seen; `drips_at` names the command whose answer it sends byte by byte and never ends."""

    drips_at: str = ""
    port: int = 0
    connections: int = 0
    mails: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def mail_server(*, drips_at: str = "") -> Iterator[MailServer]:
    """Runs a server during the block. `drips_at` is an SMTP command, or `banner`."""
    seen = MailServer(drips_at)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            seen.connections += 1
            with suppress(OSError):
                self._answer("banner", b"220 ready")
                while line := self.rfile.readline():
                    command = line.split()[0].upper().decode()
                    if command == "DATA":
                        self._answer("DATA", b"354 go on")
                        seen.mails.append(self._mail())
                        self._answer("mail", b"250 taken")
                    else:
                        self._answer(command, b"221 bye" if command == "QUIT" else b"250 ok")

        def _mail(self) -> str:
            lines = iter(self.rfile.readline, b".\r\n")
            return b"".join(lines).decode()

        def _answer(self, command: str, line: bytes) -> None:
            while command == seen.drips_at and not seen.over.wait(PAUSE):
                self.wfile.write(b"2")
            self.wfile.write(line + b"\r\n")

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        seen.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield seen
        finally:
            seen.over.set()
            server.shutdown()
            thread.join()
