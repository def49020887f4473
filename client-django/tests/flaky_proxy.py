"""A TCP proxy in front of PostgreSQL that a test can stop and start."""

import selectors
import socket
import threading
from contextlib import suppress
from types import TracebackType
from urllib.parse import urlsplit


class FlakyProxy:
    """Passes every connection on to the server of `target`, unless it is `away`."""

    def __init__(self, target: str) -> None:
        url = urlsplit(target)
        self._target = (url.hostname or "", url.port or 5432)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._away = threading.Event()
        self._sockets: set[socket.socket] = set()
        self.url = url._replace(
            netloc=f"{url.username}:{url.password}@127.0.0.1:{self._listener.getsockname()[1]}"
        ).geturl()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> "FlakyProxy":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        self.go_away()

    def go_away(self) -> None:
        """Breaks every connection and refuses new ones."""
        self._away.set()
        for each in list(self._sockets):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def come_back(self) -> None:
        self._away.clear()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self._away.is_set():
                    client.close()
                else:
                    threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        with client, socket.create_connection(self._target) as server, selectors.DefaultSelector() as ready:
            ends = {client: server, server: client}
            self._sockets |= ends.keys()
            for each in ends:
                ready.register(each, selectors.EVENT_READ)
            with suppress(OSError):
                while True:
                    for key, _ in ready.select():
                        source = next(each for each in ends if each is key.fileobj)
                        data = source.recv(65536)
                        if not data:
                            return
                        ends[source].sendall(data)
        self._sockets -= ends.keys()
