"""gunicorn's worker of greenlets, with deadlines and limits for connections.

A request that waits costs a greenlet: no thread, no database connection (docs/adr/0026). A request's body is read here,
before the request takes anything that others need, and a request for which its lane has no place is refused here
(docs/adr/0036).
"""

import io
import warnings
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

from gevent import monkey, spawn
from gevent.server import StreamServer
from gunicorn.http.errors import LimitRequestLine
from gunicorn.workers.ggevent import GeventWorker
from servicekit.connection_phases import Phase, PhaseSeconds
from servicekit.use_per_key import UsePerKey

from client.server.sockets import LimitedSocket
from config.env import environment

if TYPE_CHECKING:
    from client.edge.lanes import Lane
    from client.edge.problems import Problem

SMALL_BODY = 64 * 1024
BUSY, REQUEST_TIMEOUT, URI_TOO_LONG = "BUSY", "REQUEST_TIMEOUT", "URI_TOO_LONG"
LARGE_BODY = 1024 * 1024
LARGE_BODIES = 8
"""How many bodies of more than SMALL_BODY bytes a process reads at a time: they are kept in memory."""


class ConnectionServer(StreamServer):  # type: ignore[misc]
    """Accepts several connections in one turn of the loop.

    gunicorn accepts one if there are several workers. Under load a turn takes tens of milliseconds, so that a crowd
    would wait for seconds before anybody reads its requests. More than some would let one worker take a burst that
    the others could share.
    """

    max_accept = 16


class ClientWorker(GeventWorker):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        env = environment()
        self._seconds = PhaseSeconds(
            idle=env.idle_seconds, header=env.header_seconds, body=env.body_seconds, response=env.response_seconds
        )
        # Behind a proxy every connection has the proxy's address; the lanes count by the forwarded one.
        limit = env.connections if env.trusted_proxies else env.connections_per_address
        self._connections = UsePerKey(limit=limit)
        self._large_bodies = 0

    def patch(self) -> None:
        """Patches the standard library for greenlets."""
        with warnings.catch_warnings():
            # The master has patched a part of it already (`load_application` in config/gunicorn.py).
            warnings.simplefilter("ignore", monkey.MonkeyPatchWarning)
            super().patch()

    def timeout_ctx(self) -> AbstractContextManager[None]:
        """LimitedSocket has the deadlines."""
        return nullcontext()

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        limited = LimitedSocket(client, self._seconds, on_late=_count_late)
        address = str(addr[0]) if addr else ""
        if not self._connections.enter(address):
            _count_ended("too many of one address")
            _answer_and_close(limited, BUSY)
            return
        try:
            super().handle(listener, limited, addr)
        finally:
            self._connections.leave(address)

    def server_class(self, listener: Any, *, spawn: Any, **options: Any) -> ConnectionServer:
        """Returns the server of a listener; gunicorn's hook for a server of one's own, whose options are those of
        gevent's WSGI server and of TLS.
        """
        tls = {name: value for name, value in options.items() if name.startswith("ssl")}
        return ConnectionServer(listener, handle=partial(self.handle, listener), spawn=spawn, **tls)

    def handle_request(self, listener_name: Any, req: Any, sock: LimitedSocket, addr: Any) -> None:
        body = self._read_body(req, sock)
        lane = _lane_that_refuses(req, body)
        if lane is not None:
            self._refuse(req, sock, lane)
            return
        sock.await_response()
        try:
            super().handle_request(listener_name, req, sock, addr)
        finally:
            sock.flush()
        sock.await_request()

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Ends the views of seat maps, which would last as long as their viewers; all other requests end soon."""
        super().handle_exit(sig, frame)
        # In a greenlet, because a signal must not wait for a lock.
        spawn(_end_views)

    def handle_error(self, req: Any, client: LimitedSocket, addr: Any, exc: BaseException) -> None:
        """Answers a request that cannot be parsed; what a well-formed one can cause is answered by a problem."""
        if isinstance(exc, LimitRequestLine):
            _count_ended("long request line")
            _answer_and_close(client, URI_TOO_LONG)
        else:
            super().handle_error(req, client, addr, exc)

    def _refuse(self, req: Any, sock: LimitedSocket, lane: "Lane") -> None:
        """Tells the caller to come again, over the kept connection if there is to be another request."""
        # As in `_lane_that_refuses`.
        from client.edge.problems import busy  # noqa: PLC0415

        closes = req.should_close() or not self.alive
        request_id = _header(req, "X-REQUEST-ID")
        _answer(sock, busy(lane.seconds_to_come_again()), req.path, request_id=request_id, keeps_alive=not closes)
        if closes:
            raise StopIteration
        sock.await_request()

    def _read_body(self, req: Any, sock: LimitedSocket) -> bytes:
        """Reads the body and returns it; a body that is refused anyway is not read. Raises StopIteration if the
        connection has been ended.
        """
        length = _declared_length(req)
        if not 0 < length <= LARGE_BODY:
            return b""
        is_large = length > SMALL_BODY
        if is_large and self._large_bodies >= LARGE_BODIES:
            _answer_and_close(sock, BUSY)
            raise StopIteration
        self._large_bodies += is_large
        try:
            return self._receive(req, sock, length)
        finally:
            self._large_bodies -= is_large

    def _receive(self, req: Any, sock: LimitedSocket, length: int) -> bytes:
        sock.await_body()
        if req._expected_100_continue:
            req._expected_100_continue = False
            sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        try:
            body: bytes = req.body.read(length)
        except TimeoutError:
            _answer_and_close(sock, REQUEST_TIMEOUT)
            raise StopIteration from None
        if len(body) < length:
            raise StopIteration
        req.body = io.BytesIO(body)
        return body


def _lane_that_refuses(req: Any, body: bytes) -> "Lane | None":
    """Returns the request's lane if that has no place for it."""
    # The import is here because gunicorn's master imports this module, before Django's settings are there.
    from client.edge.lane_of import lane_of_path, share_of  # noqa: PLC0415
    from client.edge.lanes import lanes  # noqa: PLC0415

    if not any(lane.may_refuse() for lane in lanes().values()):
        return None
    name = lane_of_path(req.path, req.method)
    if name is None:
        return None
    lane = lanes()[name]
    return lane if lane.refuses(partial(share_of, name, lambda: body)) else None


def _end_views() -> None:
    # As above.
    from client.edge.catalog.seat_map_changes import watched_maps  # noqa: PLC0415

    watched_maps().end()


def _header(req: Any, wanted: str) -> str:
    return next((value for name, value in req.headers if name == wanted), "")


def _declared_length(req: Any) -> int:
    declared = _header(req, "CONTENT-LENGTH")
    return int(declared) if declared.isdigit() else 0


def _answer_and_close(sock: LimitedSocket, name: str) -> None:
    # As above.
    from client.edge import problems  # noqa: PLC0415

    try:
        _answer(sock, getattr(problems, name), "/")
    except OSError:
        sock.close()
    else:
        sock.say_goodbye()


def _answer(
    sock: LimitedSocket, problem: "Problem", path: str, *, request_id: str = "", keeps_alive: bool = False
) -> None:
    # As above.
    from client.edge.raw_problems import raw_response  # noqa: PLC0415

    sock.await_response()
    sock.sendall(raw_response(problem, path, request_id=request_id, keeps_alive=keeps_alive))
    sock.flush()


def _count_late(phase: Phase) -> None:
    if phase != Phase.IDLE:
        _count_ended(f"slow {phase.value}")


def _count_ended(reason: str) -> None:
    # As above; the library also looks for its folder when it is first imported, which gunicorn's configuration makes.
    from client.observability.metrics import CONNECTIONS_ENDED  # noqa: PLC0415

    CONNECTIONS_ENDED.labels(reason).inc()
