"""The fake's events and seats."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.fake.http import Refusal, body_of, created_once, found, listed, staff_only
from tests.fake.state import LIVE, Record, World, later


def with_counts(world: World, event: Record) -> Record:
    """An event with what the catalogue says about its seats."""
    seats = world.seats[event["id"]]
    prices = [seat["price"] for seat in seats]
    counts = {name.lower(): sum(seat["status"] == name for seat in seats) for name in ("OPEN", "ON_GOING", "BOOKED")}
    prices_known = {"price_from": min(prices, default=None), "price_to": max(prices, default=None)}
    return {**event, **prices_known, "seats": {"total": len(seats), **counts}}


async def events(request: Request, world: World, user: Record) -> Response:
    if request.method == "POST":
        staff_only(user)
        return await created_once(request, world, lambda draft: add_event(world, draft))
    term, order = request.query_params.get("search", "").lower(), request.query_params.get("ordering", "starts_at")
    matching = [e for e in world.events if term in (e["name"] + e["venue"]).lower()]
    matching.sort(key=lambda e: str(e[order.lstrip("-")]), reverse=order.startswith("-"))
    return listed(request, [with_counts(world, e) for e in matching])


def add_event(world: World, draft: Record) -> Record:
    """The event of a draft; the first field in which the real service would find an error is refused in its words."""
    if draft["currency"] == "XXX":
        pattern = {"field": "currency", "code": "string_pattern_mismatch", "message": "String should match '^[A-Z]'"}
        raise Refusal(422, "validation-error", "currency: String should match '^[A-Z]'", errors=[pattern])
    organizer = {"slug": draft.pop("organizer"), "name": "An organizer"}
    return with_counts(world, world.add_event(draft.pop("name"), draft.pop("venue"), organizer=organizer, **draft))


async def event_detail(request: Request, world: World, user: Record) -> Response:
    event = found(world.events, request.path_params["id"])
    if request.method == "PATCH":
        staff_only(user)
        changes = await body_of(request)
        world.changes.append(dict(changes))
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
    return JSONResponse(with_counts(world, event), 202)


async def event_operations(request: Request, world: World, _: Record) -> Response:
    event = found(world.events, request.path_params["id"])
    total = sum(booking["event"]["id"] == event["id"] for booking in world.bookings)
    running = {"state": "RUNNING", "total": total, "done": 0}
    return listed(request, [running] if event["status"] == "CANCELLED" else [])


async def seats(request: Request, world: World, user: Record) -> Response:
    event = found(world.events, request.path_params["id"])
    if request.method == "POST":
        staff_only(user)
        return await created_once(request, world, lambda layout: {"items": world.add_block(event, **layout)})
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


async def organizers(request: Request, world: World, user: Record) -> Response:
    known = {event["organizer"]["slug"]: event["organizer"] for event in world.events}
    return listed(request, list(known.values()))
