"""A fake client service for tests and for looking at the dashboard: it keeps the contract over real HTTP, from memory.

It also serves a document and a payment page in place of the object store and the payment service.
"""

import asyncio
import threading
from datetime import UTC, datetime

import uvicorn
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from tests.fake import accounts, bookings, catalogue, queue
from tests.fake.http import STANDS_STILL_SECONDS, Handler, open_to
from tests.fake.pdf import PDF
from tests.fake.state import HOLD, FakeRecords, timestamp


async def document(_: Request) -> Response:
    return Response(PDF, media_type="application/pdf")


async def health(request: Request) -> Response:
    records: FakeRecords = request.app.state.records
    if records.broken == "stands still":
        await asyncio.sleep(STANDS_STILL_SECONDS)
    return JSONResponse({"status": "ok"})


async def pay(request: Request) -> Response:
    records: FakeRecords = request.app.state.records
    booking = next(b for b in records.bookings if (b["payment_url"] or "").endswith(request.url.path))
    records.change_status(booking, "BOOKED", hold_expires_at=timestamp(datetime.now(UTC) + HOLD))
    return Response("Paid.", media_type="text/plain")


ENDPOINTS: list[tuple[str, str, Handler, list[str]]] = [
    ("/auth/register", "public", accounts.register, ["POST"]),
    ("/auth/token", "public", accounts.token, ["POST"]),
    ("/auth/token/refresh", "public", accounts.renew, ["POST"]),
    ("/users/me", "user", accounts.me, ["GET", "PATCH", "DELETE"]),
    ("/users", "staff", accounts.users, ["GET", "POST"]),
    ("/users/{id}", "staff", accounts.user_detail, ["GET", "PATCH", "DELETE"]),
    ("/events", "public", catalogue.events, ["GET", "POST"]),
    ("/events/{id}", "public", catalogue.event_detail, ["GET", "PATCH", "DELETE"]),
    ("/events/{id}/seat-map", "public", catalogue.seat_map, ["GET"]),
    ("/events/{id}/best-seats", "public", catalogue.best_seats, ["GET"]),
    ("/events/{id}/seats", "public", catalogue.seats, ["GET", "POST"]),
    ("/events/{id}/seats/{seat_id}", "staff", catalogue.seat_detail, ["GET", "PATCH", "DELETE"]),
    ("/events/{id}/waitlist", "staff", queue.event_waitlist, ["GET"]),
    ("/events/{id}/operations", "staff", catalogue.event_operations, ["GET"]),
    ("/events/{id}/{action}", "staff", catalogue.event_action, ["POST"]),
    ("/organizers", "staff", catalogue.organizers, ["GET"]),
    ("/bookings", "user", bookings.bookings, ["GET", "POST"]),
    ("/bookings/{id}", "user", bookings.booking_detail, ["GET"]),
    ("/bookings/{id}/refresh", "user", bookings.booking_detail, ["POST"]),
    ("/bookings/{id}/cancel", "user", bookings.cancel, ["POST"]),
    ("/bookings/{id}/ticket", "user", bookings.ticket, ["GET"]),
    ("/bookings/{id}/timeline", "user", bookings.timeline, ["GET"]),
    ("/waitlist", "user", queue.waitlist, ["GET", "POST"]),
    ("/waitlist/{id}", "user", queue.waitlist_detail, ["GET", "DELETE"]),
    ("/notifications", "user", queue.notifications, ["GET"]),
    ("/notifications/read-all", "user", queue.read_all, ["POST"]),
    ("/notifications/{id}/read", "user", queue.read_notification, ["POST"]),
]


def make_app(records: FakeRecords) -> Starlette:
    """Returns the fake as an ASGI application."""
    routes = [
        Route(path, open_to(audience, handler), methods=methods) for path, audience, handler, methods in ENDPOINTS
    ]
    app = Starlette(
        routes=[
            Mount("/api/v1", routes=routes),
            Route("/healthz", health),
            Route("/readyz", health),
            Route("/documents/{name}", document),
            Route("/pay/{number}", pay),
        ]
    )
    app.add_middleware(CORSMiddleware, allow_origins=["*"])
    app.state.records = records
    return app


class FakeClientService:
    """Runs the fake on a port of its own in a thread, as a context manager."""

    def __init__(self, records: FakeRecords, port: int = 0) -> None:
        self.records = records
        config = uvicorn.Config(make_app(records), host="127.0.0.1", port=port, log_level="error", lifespan="off")
        self._server = uvicorn.Server(config)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._server.config.load()
        self._server.lifespan = self._server.config.lifespan_class(self._server.config)
        await self._server.startup()
        self._ready.set()
        await self._server.main_loop()
        await self._server.shutdown()

    def __enter__(self) -> "FakeClientService":
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("The fake client service did not start.")
        self.records.base_url = f"http://127.0.0.1:{self.port}"
        return self

    @property
    def port(self) -> int:
        """Returns the port on which it listens."""
        port: int = self._server.servers[0].sockets[0].getsockname()[1]
        return port

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(5)
