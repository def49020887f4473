"""uvicorn's protocol, whose connections are bounded (`servicekit.http.connections`)."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from servicekit.http.connections import Connection, Connections


def bounded(connections: Connections) -> type[asyncio.Protocol]:
    """Returns the protocol for `uvicorn.run(http=…)`."""

    class Bounded(_BoundedProtocol):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self.known = connections

    return Bounded


class _BoundedProtocol(HttpToolsProtocol):
    """Reports to `known` what its connection does. A connection that was refused never reaches uvicorn."""

    known: Connections
    connection: Connection | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.connection = self.known.enter(transport)
        if self.connection:
            super().connection_made(self.connection.transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.connection:
            self.known.leave(self.connection)
            super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.connection:
            self.connection.receive()
            super().data_received(data)

    def on_headers_complete(self) -> None:
        if self.connection:
            self.connection.begin_request()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        if self.connection:
            self.connection.end_body()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        if self.connection:
            self.connection.end_response()
        super().on_response_complete()
