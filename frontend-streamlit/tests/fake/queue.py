"""The fake's queues and messages."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.fake.http import Refusal, body_of, found, listed
from tests.fake.state import FakeRecords, Record, time_from_now

ENDED = {"FULFILLED", "LAPSED", "LEFT"}


async def waitlist(request: Request, records: FakeRecords, user: Record) -> Response:
    if request.method == "GET":
        return listed(request, [e for e in records.waitlist if e["customer"]["id"] == user["id"]])
    known = records.seat((await body_of(request))["seat_id"])
    if known is None:
        raise Refusal(404, "not-found", "There is no such seat.")
    seat, event = known
    if seat["status"] == "OPEN":
        raise Refusal(409, "seat-open", "This seat is open; you can book it right away.")
    if any(e["seat"]["id"] == seat["id"] and e["customer"]["id"] == user["id"] for e in records.waitlist):
        raise Refusal(409, "already-queued", "You already stand in the queue for this seat.")
    return JSONResponse(records.add_entry(user, seat, event, joined_at=time_from_now()), 201)


async def waitlist_detail(request: Request, records: FakeRecords, user: Record) -> Response:
    entry = found(records.waitlist, request.path_params["id"])
    if request.method == "DELETE":
        if entry["status"] != "WAITING":
            raise Refusal(409, "not-leavable", "This place in the queue cannot be left any more.")
        entry.update(status="LEFT", position=None)
        return Response(status_code=204)
    return JSONResponse(entry)


async def event_waitlist(request: Request, records: FakeRecords, user: Record) -> Response:
    statuses = {"WAITING", "OFFERED"} | (ENDED if request.query_params.get("ended") == "true" else set())
    of_event = [e for e in records.waitlist if e["event"]["id"] == request.path_params["id"]]
    return listed(request, [e for e in of_event if e["status"] in statuses])


async def notifications(request: Request, records: FakeRecords, user: Record) -> Response:
    own_seats = [n for n in records.notifications if n["user_id"] == user["id"]]
    if request.query_params.get("unread") == "true":
        own_seats = [n for n in own_seats if n["read_at"] is None]
    return listed(request, own_seats)


async def read_all(request: Request, records: FakeRecords, user: Record) -> Response:
    unread = [n for n in records.notifications if n["user_id"] == user["id"] and n["read_at"] is None]
    for note in unread:
        note["read_at"] = time_from_now()
    return JSONResponse({"read": len(unread)})


async def read_notification(request: Request, records: FakeRecords, user: Record) -> Response:
    note = found(records.notifications, request.path_params["id"])
    note["read_at"] = note["read_at"] or time_from_now()
    return JSONResponse(note)
