"""The fake's events and seats."""

import hashlib
import json

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.fake.http import Refusal, body_of, created_once, found, listed, of_version, staff_only
from tests.fake.state import LIVE, FakeRecords, Record, stable_id, time_from_now


def with_counts(records: FakeRecords, event: Record) -> Record:
    """Returns an event with the numbers and prices of its seats."""
    seats = records.seats[event["id"]]
    prices = [seat["price"] for seat in seats]
    counts = {name.lower(): sum(seat["status"] == name for seat in seats) for name in ("OPEN", "ON_GOING", "BOOKED")}
    prices_known = {"price_from": min(prices, default=None), "price_to": max(prices, default=None)}
    return {**event, **prices_known, "seats": {"total": len(seats), **counts}}


async def events(request: Request, records: FakeRecords, user: Record) -> Response:
    if request.method == "POST":
        staff_only(user)
        return await created_once(request, records, lambda draft: add_event(records, draft))
    term, order = request.query_params.get("search", "").lower(), request.query_params.get("ordering", "starts_at")
    matching = [e for e in records.events if term in (e["name"] + e["venue"]).lower()]
    matching.sort(key=lambda e: str(e[order.lstrip("-")]), reverse=order.startswith("-"))
    return listed(request, [with_counts(records, e) for e in matching])


def add_event(records: FakeRecords, draft: Record) -> Record:
    """Creates the event of a draft. Refuses the first wrong field with the real service's words."""
    if draft["currency"] == "XXX":
        pattern = {"field": "currency", "code": "string_pattern_mismatch", "message": "String should match '^[A-Z]'"}
        raise Refusal(422, "validation-error", "currency: String should match '^[A-Z]'", errors=[pattern])
    organizer = {"slug": draft.pop("organizer"), "name": "An organizer"}
    return with_counts(records, records.add_event(draft.pop("name"), draft.pop("venue"), organizer=organizer, **draft))


async def event_detail(request: Request, records: FakeRecords, user: Record) -> Response:
    event = found(records.events, request.path_params["id"])
    if request.method == "PATCH":
        staff_only(user)
        of_version(request, event)
        changes = await body_of(request)
        records.changes.append(dict(changes))
        if "organizer" in changes:
            changes["organizer"] = {"slug": changes["organizer"], "name": "An organizer"}
        records.change(event, changes)
    if request.method == "DELETE":
        staff_only(user)
        of_version(request, event)
        if any(b["event"]["id"] == event["id"] and b["status"] in LIVE for b in records.bookings):
            raise Refusal(409, "event-has-bookings", "This event still has live bookings.")
        records.events.remove(event)
        return Response(status_code=204)
    return JSONResponse(with_counts(records, event))


async def event_action(request: Request, records: FakeRecords, user: Record) -> Response:
    event = found(records.events, request.path_params["id"])
    if request.path_params["action"] == "cancel":
        records.change(event, {"status": "CANCELLED"})
        return JSONResponse(with_counts(records, event), 202)
    records.change(event, {"status": "SALES_CLOSED", "sales_close_at": time_from_now(seconds=-1)})
    return JSONResponse(with_counts(records, event))


async def event_operations(request: Request, records: FakeRecords, _: Record) -> Response:
    event = found(records.events, request.path_params["id"])
    total = sum(booking["event"]["id"] == event["id"] for booking in records.bookings)
    running = {"state": "RUNNING", "total": total, "done": 0}
    return listed(request, [running] if event["status"] == "CANCELLED" else [])


async def seats(request: Request, records: FakeRecords, user: Record) -> Response:
    event = found(records.events, request.path_params["id"])
    if request.method == "POST":
        staff_only(user)
        return await created_once(request, records, lambda layout: {"items": records.add_block(event, **layout)})
    wanted, places = request.query_params.get("status"), request.query_params.getlist("at")
    matching = [s for s in records.seats[event["id"]] if wanted in (None, s["status"])]
    if places:
        matching = [s for s in matching if [s["section"], s["row"], s["number"]] in map(json.loads, places)]
    return listed(request, matching)


async def seat_map(request: Request, records: FakeRecords, user: Record) -> Response:
    seats = records.seats[found(records.events, request.path_params["id"])["id"]]
    prices = sorted({seat["price"] for seat in seats})
    sections = [
        {"section": section, "rows": [{"row": row, "runs": _runs(each, prices)} for row, each in _grouped(rows, "row")]}
        for section, rows in _grouped(seats, "section")
    ]
    ordered = [seat for _, rows in _grouped(seats, "section") for _, each in _grouped(rows, "row") for seat in each]
    states = "".join({"OPEN": "o", "ON_GOING": "g", "BOOKED": "b"}[seat["status"]] for seat in ordered)
    layout = hashlib.sha256(json.dumps([prices, sections]).encode()).hexdigest()[:16]
    return JSONResponse({"layout": layout, "prices": prices, "sections": sections, "states": states})


async def best_seats(request: Request, records: FakeRecords, user: Record) -> Response:
    """Proposes the first open seats of a row that has enough; the ticket service's own tests say which are the best."""
    event, asked = found(records.events, request.path_params["id"]), request.query_params
    records.seeds.append(asked["seed"])
    most = int(asked.get("max_price", 10**12))
    open_seats = [s for s in records.seats[event["id"]] if s["status"] == "OPEN" and s["price"] <= most]
    rows = [each for _, rows in _grouped(open_seats, "section") for _, each in _grouped(rows, "row")]
    chosen = next((row[: int(asked["count"])] for row in rows if len(row) >= int(asked["count"])), None)
    names = ("id", "section", "row", "number", "price")
    seats = [{name: seat[name] for name in names} for seat in chosen or ()]
    proposal = {"seats": seats, "adjacent": True, "leaves_single_seat": False} if chosen else None
    return JSONResponse({"proposal": proposal})


def _grouped(seats: list[Record], name: str) -> list[tuple[str, list[Record]]]:
    groups: dict[str, list[Record]] = {}
    for seat in sorted(seats, key=lambda each: int(each["number"])):
        groups.setdefault(seat[name], []).append(seat)
    return sorted(groups.items())


def _runs(seats: list[Record], prices: list[int]) -> list[list[int]]:
    """One for each seat, which is all that a reader has to take."""
    return [[seat["number"], seat["number"], prices.index(seat["price"])] for seat in seats]


async def seat_detail(request: Request, records: FakeRecords, user: Record) -> Response:
    staff_only(user)
    own_seats = records.seats[found(records.events, request.path_params["id"])["id"]]
    seat = found(own_seats, request.path_params["seat_id"])
    if request.method == "GET":
        return JSONResponse(seat)
    of_version(request, seat)
    if request.method == "DELETE":
        if seat["status"] != "OPEN":
            raise Refusal(409, "seat-in-use", "Somebody has this seat.")
        own_seats.remove(seat)
        return Response(status_code=204)
    records.change(seat, await body_of(request))
    return JSONResponse(seat)


async def organizers(request: Request, records: FakeRecords, user: Record) -> Response:
    known = {event["organizer"]["slug"]: event["organizer"] for event in records.events}
    return listed(request, [_organizer(**each) for each in known.values()])


def _organizer(slug: str, name: str) -> Record:
    now = time_from_now()
    return {
        "id": stable_id(slug),
        "version": 1,
        "slug": slug,
        "name": name,
        "base_url": f"http://{slug}.example",
        "api_key_set_at": None,
        "created_at": now,
        "updated_at": now,
    }
