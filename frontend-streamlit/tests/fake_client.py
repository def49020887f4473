"""A small client service for tests and for looking at the dashboard: plays the contract over real HTTP, from memory."""

import asyncio
import hashlib
import threading
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from tests.fake_pdf import PDF
from tests.fake_state import HOLD, LIVE, Record, World, later, stamp

Handler = Callable[[Request, World, Record], Awaitable[Response]]


class Refusal(Exception):
    """A problem document to answer with."""

    def __init__(self, status: int, slug: str, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.status, self.slug, self.detail, self.extra = status, slug, detail, extra


def problem(error: Refusal) -> JSONResponse:
    """The problem document of a refusal."""
    title = error.slug.replace("-", " ").capitalize()
    body = {"type": error.slug, "title": title, "status": error.status, "detail": error.detail, **error.extra}
    return JSONResponse(body, error.status, media_type="application/problem+json")


def open_to(audience: str, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Check who calls (`public`, `user` or `staff`) and turn refusals into problem documents."""

    async def endpoint(request: Request) -> Response:
        world: World = request.app.state.world
        world.requests.append(f"{request.method} {request.url.path}")
        if world.broken == "hang":
            await asyncio.sleep(30)
        if world.broken == "down":
            return Response("Bad gateway", 502)
        try:
            if world.next_refusal is not None and request.method != "GET":
                refusal, world.next_refusal = world.next_refusal, None
                raise Refusal(**refusal)
            return await handler(request, world, caller(request, world, audience))
        except Refusal as error:
            return problem(error)

    return endpoint


def caller(request: Request, world: World, audience: str) -> Record:
    """The account behind the access token."""
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    user = next((u for u in world.users if u["id"] == world.access.get(token)), None)
    if user is None:
        if audience == "public" and not token:
            return {}
        raise Refusal(401, "unauthenticated", "The token is missing, wrong or expired.")
    if audience == "staff" and not user["is_staff"]:
        raise Refusal(403, "forbidden", "Only staff may do this.")
    return user


def listed(request: Request, items: list[Any]) -> JSONResponse:
    """A page of a list; the cursor is the place to go on from."""
    start, limit = int(request.query_params.get("cursor", 0)), int(request.query_params.get("limit", 50))
    rest = start + limit < len(items)
    return JSONResponse({"items": items[start : start + limit], "next_cursor": str(start + limit) if rest else None})


async def body_of(request: Request) -> Record:
    return await request.json() if await request.body() else {}


# Accounts


async def register(request: Request, world: World, _: Record) -> Response:
    draft = await body_of(request)
    if len(draft["password"]) < 8:
        errors = [{"field": "password", "code": "too_short", "message": "Use at least 8 characters."}]
        raise Refusal(422, "validation-error", "The input is not valid.", errors=errors)
    if any(u["email"] == draft["email"] for u in world.users):
        raise Refusal(409, "email-taken", "There is already an account with this email.")
    return JSONResponse(world.add_user(draft["email"], draft["password"], draft["name"]), 201)


async def token(request: Request, world: World, _: Record) -> Response:
    draft = await body_of(request)
    user = next((u for u in world.users if u["email"] == draft["email"] and u["is_active"]), None)
    if user is None or world.passwords[user["email"]] != draft["password"]:
        raise Refusal(401, "unauthenticated", "No active account with these credentials.")
    return JSONResponse(world.tokens(user["id"]))


async def renew(request: Request, world: World, _: Record) -> Response:
    old = (await body_of(request))["refresh"]
    user_id = world.refresh.get(old)
    if user_id is None:
        raise Refusal(401, "unauthenticated", "The refresh token is wrong or expired.")
    pair = world.tokens(user_id)
    if world.rotates:
        del world.refresh[old]
        return JSONResponse(pair)
    return JSONResponse({"access": pair["access"]})


async def me(request: Request, world: World, user: Record) -> Response:
    if request.method == "PATCH":
        changes = await body_of(request)
        if "password" in changes:
            if changes.pop("current_password", None) != world.passwords[user["email"]]:
                wrong = {"field": "current_password", "code": "wrong", "message": "This is not your password."}
                raise Refusal(422, "validation-error", "The input is not valid.", errors=[wrong])
            world.passwords[user["email"]] = changes.pop("password")
            world.access = {token: owner for token, owner in world.access.items() if owner != user["id"]}
            world.refresh = {token: owner for token, owner in world.refresh.items() if owner != user["id"]}
        user.update(changes)
    if request.method == "DELETE":
        user.update(is_active=False, name="", email=f"deleted-{user['id']}@invalid")
        return Response(status_code=204)
    return JSONResponse(user)


async def users(request: Request, world: World, _: Record) -> Response:
    if request.method == "POST":
        draft = await body_of(request)
        return JSONResponse(world.add_user(**draft), 201)
    term = request.query_params.get("email", "").lower()
    return listed(request, [u for u in world.users if term in u["email"].lower()])


async def user_detail(request: Request, world: World, _: Record) -> Response:
    user = found(world.users, request.path_params["id"])
    if request.method == "PATCH":
        user.update(await body_of(request))
    if request.method == "DELETE":
        user.update(is_active=False, name="Deleted user")
        return Response(status_code=204)
    return JSONResponse(user)


def found(records: list[Record], record_id: str) -> Record:
    """The record with that id, or 404."""
    for record in records:
        if record["id"] == record_id:
            return record
    raise Refusal(404, "not-found", "There is nothing here.")


# Catalogue


def with_counts(world: World, event: Record) -> Record:
    """An event with what the catalogue says about its seats."""
    seats = world.seats[event["id"]]
    prices = [seat["price"] for seat in seats]
    counts = {name.lower(): sum(seat["status"] == name for seat in seats) for name in ("OPEN", "ON_GOING", "BOOKED")}
    prices_known = {"price_from": min(prices, default=None), "price_to": max(prices, default=None)}
    return {**event, **prices_known, "seats": {"total": len(seats), **counts}}


async def events(request: Request, world: World, user: Record) -> Response:
    if request.method == "POST":
        draft = await body_of(request)
        staff_only(user)
        organizer = {"slug": draft.pop("organizer"), "name": "An organizer"}
        return JSONResponse(
            with_counts(world, world.add_event(draft.pop("name"), draft.pop("venue"), organizer=organizer, **draft)),
            201,
        )
    term, order = request.query_params.get("search", "").lower(), request.query_params.get("ordering", "starts_at")
    matching = [e for e in world.events if term in (e["name"] + e["venue"]).lower()]
    matching.sort(key=lambda e: str(e[order.lstrip("-")]), reverse=order.startswith("-"))
    return listed(request, [with_counts(world, e) for e in matching])


def staff_only(user: Record) -> None:
    if not user.get("is_staff"):
        raise Refusal(403, "forbidden", "Only staff may do this.")


async def event_detail(request: Request, world: World, user: Record) -> Response:
    event = found(world.events, request.path_params["id"])
    if request.method == "PATCH":
        staff_only(user)
        changes = await body_of(request)
        if "organizer" in changes:
            changes["organizer"] = {"slug": changes["organizer"], "name": "An organizer"}
        event.update(changes)
    if request.method == "DELETE":
        staff_only(user)
        if any(b["event"]["id"] == event["id"] and b["status"] in LIVE for b in world.bookings):
            raise Refusal(409, "event-has-bookings", "This event still has live bookings.")
        world.events.remove(event)
        return Response(status_code=204)
    return JSONResponse(with_counts(world, event))


async def event_action(request: Request, world: World, user: Record) -> Response:
    event = found(world.events, request.path_params["id"])
    if request.path_params["action"] == "cancel":
        event.update(status="CANCELLED")
    else:
        event.update(status="SALES_CLOSED", sales_close_at=later(seconds=-1))
    return JSONResponse(event, 202)


async def seats(request: Request, world: World, user: Record) -> Response:
    event = found(world.events, request.path_params["id"])
    if request.method == "POST":
        staff_only(user)
        return JSONResponse({"items": world.add_block(event, **await body_of(request))}, 201)
    wanted = request.query_params.get("status")
    return listed(request, [s for s in world.seats[event["id"]] if wanted in (None, s["status"])])


async def seat_detail(request: Request, world: World, user: Record) -> Response:
    staff_only(user)
    mine = world.seats[found(world.events, request.path_params["id"])["id"]]
    seat = found(mine, request.path_params["seat_id"])
    if request.method == "DELETE":
        if seat["status"] != "OPEN":
            raise Refusal(409, "seat-in-use", "Somebody has this seat.")
        mine.remove(seat)
        return Response(status_code=204)
    seat.update(await body_of(request))
    return JSONResponse(seat)


# Bookings


async def bookings(request: Request, world: World, user: Record) -> Response:
    if request.method == "POST":
        return await book(request, world, user)
    filters = {name: request.query_params.get(name) for name in ("status", "user", "event")}
    mine = [b for b in world.bookings if user["is_staff"] or b["user_id"] == user["id"]]
    for name, of in (
        ("status", lambda b: b["status"]),
        ("user", lambda b: b["user_id"]),
        ("event", lambda b: b["event"]["id"]),
    ):
        mine = [b for b in mine if filters[name] in (None, of(b))]
    return listed(request, [shown(world, b) for b in mine])


def shown(world: World, booking: Record) -> Record:
    """A booking as it is answered: the fake's payment page is where the fake is."""
    path = booking["payment_url"]
    return {**booking, "payment_url": world.base_url + path if path else None}


async def book(request: Request, world: World, user: Record) -> Response:
    draft, key = await body_of(request), request.headers.get("idempotency-key", "")
    if key in world.answers:
        return JSONResponse(shown(world, world.answers[key]), 201, headers={"Idempotent-Replay": "true"})
    event = found(world.events, draft["event_id"])
    chosen = [found(world.seats[event["id"]], seat_id) for seat_id in draft["seat_ids"]]
    if any(seat["status"] != "OPEN" for seat in chosen):
        failed = world.add_booking(
            user, event, chosen, "FAILED", failure_reason="SEAT_UNAVAILABLE", invoice_number=None
        )
        raise Refusal(409, "seat-unavailable", "A seat is not open.", booking_id=failed["id"])
    world.answers[key] = world.add_booking(user, event, chosen, "AWAITING_PAYMENT")
    return JSONResponse(shown(world, world.answers[key]), 201)


def own_booking(request: Request, world: World, user: Record) -> Record:
    booking = found(world.bookings, request.path_params["id"])
    if not user["is_staff"] and booking["user_id"] != user["id"]:
        raise Refusal(404, "not-found", "There is nothing here.")
    return booking


async def booking_detail(request: Request, world: World, user: Record) -> Response:
    return JSONResponse(shown(world, own_booking(request, world, user)))


async def cancel(request: Request, world: World, user: Record) -> Response:
    booking = own_booking(request, world, user)
    if booking["status"] not in {"AWAITING_PAYMENT", "BOOKED"}:
        raise Refusal(409, "not-cancellable", "This booking cannot be cancelled.")
    refund = "PENDING" if booking["status"] == "BOOKED" else None
    world.settle(booking, "CANCELLED", cancel_reason="BUYER", refund_status=refund, payment_url=None)
    return JSONResponse(shown(world, booking))


async def ticket(request: Request, world: World, user: Record) -> Response:
    booking = own_booking(request, world, user)
    if not booking["ticket_available"]:
        raise Refusal(404, "ticket-not-ready", "The document is not ready yet.")
    link = f"{world.base_url}/documents/{booking['id']}.pdf"
    return JSONResponse(
        {"url": link, "expires_at": later(minutes=5), "sha256": hashlib.sha256(PDF).hexdigest(), "kind": None}
    )


async def timeline(request: Request, world: World, user: Record) -> Response:
    booking = own_booking(request, world, user)
    steps = [
        ("client", user["email"], "booking.requested", None, "REQUESTED", None),
        ("ticket", "client", "seats.taken", None, "HOLDING", None),
        ("organizer", "ticket", "hold.accepted", None, None, "The organizer holds the seats"),
        ("payment", "ticket", "invoice.created", None, None, booking["invoice_number"]),
        ("ticket", "system", "booking.updated", "HOLDING", booking["status"], None),
    ]
    names = ("service", "actor", "action", "from_status", "to_status", "detail")
    return JSONResponse(
        {
            "items": [{"at": booking["created_at"], **dict(zip(names, step, strict=True))} for step in steps],
            "note": None,
        }
    )


# Queue and messages


async def waitlist(request: Request, world: World, user: Record) -> Response:
    if request.method == "GET":
        return listed(request, [e for e in world.waitlist if e["customer"]["id"] == user["id"]])
    known = world.seat((await body_of(request))["seat_id"])
    if known is None:
        raise Refusal(404, "not-found", "There is no such seat.")
    seat, event = known
    if seat["status"] == "OPEN":
        raise Refusal(409, "seat-open", "This seat is open; you can book it right away.")
    if any(e["seat"]["id"] == seat["id"] and e["customer"]["id"] == user["id"] for e in world.waitlist):
        raise Refusal(409, "already-queued", "You already stand in the queue for this seat.")
    return JSONResponse(world.add_entry(user, seat, event, joined_at=later()), 201)


async def waitlist_detail(request: Request, world: World, user: Record) -> Response:
    entry = found(world.waitlist, request.path_params["id"])
    if request.method == "DELETE":
        entry.update(status="LEFT", position=None)
    return JSONResponse(entry)


async def event_waitlist(request: Request, world: World, user: Record) -> Response:
    return listed(request, [e for e in world.waitlist if e["event"]["id"] == request.path_params["id"]])


async def notifications(request: Request, world: World, user: Record) -> Response:
    return listed(request, [n for n in world.notifications if n["user_id"] == user["id"]])


async def read_notification(request: Request, world: World, user: Record) -> Response:
    note = found(world.notifications, request.path_params["id"])
    note["read_at"] = note["read_at"] or later()
    return JSONResponse(note)


# Beyond the client service: what stands in for the object store and the payment page


async def document(_: Request) -> Response:
    return Response(PDF, media_type="application/pdf")


async def health(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def pay(request: Request) -> Response:
    world: World = request.app.state.world
    booking = next(b for b in world.bookings if (b["payment_url"] or "").endswith(request.url.path))
    world.settle(booking, "BOOKED", hold_expires_at=stamp(datetime.now(UTC) + HOLD))
    return Response("Paid.", media_type="text/plain")


ENDPOINTS: list[tuple[str, str, Handler, list[str]]] = [
    ("/auth/register", "public", register, ["POST"]),
    ("/auth/token", "public", token, ["POST"]),
    ("/auth/token/refresh", "public", renew, ["POST"]),
    ("/users/me", "user", me, ["GET", "PATCH", "DELETE"]),
    ("/users", "staff", users, ["GET", "POST"]),
    ("/users/{id}", "staff", user_detail, ["GET", "PATCH", "DELETE"]),
    ("/events", "public", events, ["GET", "POST"]),
    ("/events/{id}", "public", event_detail, ["GET", "PATCH", "DELETE"]),
    ("/events/{id}/seats", "public", seats, ["GET", "POST"]),
    ("/events/{id}/seats/{seat_id}", "staff", seat_detail, ["PATCH", "DELETE"]),
    ("/events/{id}/waitlist", "staff", event_waitlist, ["GET"]),
    ("/events/{id}/{action}", "staff", event_action, ["POST"]),
    ("/bookings", "user", bookings, ["GET", "POST"]),
    ("/bookings/{id}", "user", booking_detail, ["GET"]),
    ("/bookings/{id}/refresh", "user", booking_detail, ["POST"]),
    ("/bookings/{id}/cancel", "user", cancel, ["POST"]),
    ("/bookings/{id}/ticket", "user", ticket, ["GET"]),
    ("/bookings/{id}/timeline", "user", timeline, ["GET"]),
    ("/waitlist", "user", waitlist, ["GET", "POST"]),
    ("/waitlist/{id}", "user", waitlist_detail, ["GET", "DELETE"]),
    ("/notifications", "user", notifications, ["GET"]),
    ("/notifications/{id}/read", "user", read_notification, ["POST"]),
]


def make_app(world: World) -> Starlette:
    """The fake as an ASGI application."""
    routes = [
        Route(path, open_to(audience, handler), methods=methods) for path, audience, handler, methods in ENDPOINTS
    ]
    app = Starlette(
        routes=[
            Mount("/api/v1", routes=routes),
            Route("/healthz", health),
            Route("/documents/{name}", document),
            Route("/pay/{number}", pay),
        ]
    )
    app.add_middleware(CORSMiddleware, allow_origins=["*"])
    app.state.world = world
    return app


class FakeClientService:
    """The fake on a port of its own, in a thread; use as a context manager."""

    def __init__(self, world: World, port: int = 0) -> None:
        self.world = world
        config = uvicorn.Config(make_app(world), host="127.0.0.1", port=port, log_level="error", lifespan="off")
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
        self.world.base_url = f"http://127.0.0.1:{self.port}"
        return self

    @property
    def port(self) -> int:
        """The port it listens on."""
        port: int = self._server.servers[0].sockets[0].getsockname()[1]
        return port

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(5)
