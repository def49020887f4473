"""A local server that answers as ticket does (contracts/README.md), over real HTTP.

It checks every request and every answer against ticket's OpenAPI document, except answers that a test marks as
`broken`.
"""

import json
import re
import threading
from collections import defaultdict
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from servicekit.errors import VersionChangedError, VersionMissingError
from servicekit.negotiation import has_tag
from servicekit.versions import entity_tag, parse_if_match, require_version

from tests.ticket_contract import PROBLEMS, request_violations, violations

NOW = "2026-11-23T10:00:00Z"
EVENT_ID = "c3a1de90-5b0a-4d0f-9e0b-3a9c1f7be201"
PDF = b"%PDF-1.7 a ticket"


@dataclass
class Answer:
    status: int
    body: Any = None
    problem: bool = False
    drop: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    broken: bool = False
    """Ticket itself never gives this answer; a defect, or something between ticket and this service, might."""


@dataclass
class ReceivedRequest:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    places: list[str] = field(default_factory=list)
    """The values of `at`, of which there may be several."""


FACTS: dict[str, Any] = {
    "errors": [{"field": "body", "code": "wrong", "message": "is wrong"}],
    "seat_ids": [EVENT_ID], "seat_id": EVENT_ID, "booking_id": EVENT_ID, "waitlist_entry_id": EVENT_ID,
    "entry_status": "LEFT", "etag": '"1"',
    "limit": 20, "unpaid": 20, "scope": "buyer",
}  # fmt: skip
"""What a problem says, for tests to which it does not matter."""


def problem(type_: str, status: int, **members: Any) -> Answer:
    """With the members that ticket always sends with it."""
    known = PROBLEMS.get(type_, {})
    always = {name: FACTS[name] for name, sent in known.get("members", {}).items() if sent["sent"] == "always"}
    body = {"type": type_, "title": known.get("title", type_), "status": status, "detail": f"{type_}!"}
    return Answer(status, {**body, **always, **members}, problem=True)


def broken(status: int, body: Any = None, *, problem: bool = False) -> Answer:
    return Answer(status, body, problem=problem, broken=True)


def document(sha256: str, kind: str = "CONFIRMATION") -> dict[str, Any]:
    """Returns the document of a booking, without a link."""
    return {"kind": kind, "sha256": sha256, "url": None, "url_expires_at": None}


@dataclass
class FakeTicket:
    """Has one event with seats, bookings and waitlist entries. `script` sets answers that precede the usual ones."""

    bookings: dict[str, dict[str, Any]] = field(default_factory=dict)
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    seats: dict[str, dict[str, Any]] = field(default_factory=dict)
    requests: list[ReceivedRequest] = field(default_factory=list)
    scripted: dict[tuple[str, str], list[Answer | Callable[[ReceivedRequest], Answer]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    abandoned: set[str] = field(default_factory=set)
    down: bool = False
    event_version: int = 1
    names: dict[str, str] = field(default_factory=dict)
    """The name and the venue of the event, if a test needs special ones."""
    violations: list[str] = field(default_factory=list)
    """Requests and answers since the last reset that break ticket's contract."""

    def __post_init__(self) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.reset()

    def reset(self) -> None:
        self.down = False
        self.event_version = 1
        self.pdf = PDF
        for store in (
            self.bookings, self.abandoned, self.entries, self.seats, self.requests, self.scripted, self.names,
            self.violations,
        ):  # fmt: skip
            store.clear()
        for number in range(1, 13):
            seat_id = f"5d2f4f0a-2c3a-4e7e-8b6f-0e5ad2b7a1{number:02d}"
            self.seats[seat_id] = {
                "id": seat_id, "section": "Balkon", "row": "A", "number": number, "price": 450000, "status": "OPEN",
                "version": 1, "created_at": NOW, "updated_at": NOW,
            }  # fmt: skip

    @property
    def event(self) -> dict[str, Any]:
        return {
            "id": EVENT_ID, "version": self.event_version, "name": "Malam Gamelan", "venue": "Gedung Kesenian",
            "time_zone": "Asia/Makassar", "starts_at": "2027-02-13T12:30:00Z",
            "sales_open_at": NOW, "sales_close_at": "2027-02-13T12:30:00Z", "currency": "IDR", "status": "ON_SALE",
            "organizer": {"slug": "x", "name": "X"}, "description": "", "price_from": 450000, "price_to": 450000,
            "seats": {"total": 12, "open": 12, "on_going": 0, "booked": 0}, "created_at": NOW, "updated_at": NOW,
        } | self.names  # fmt: skip

    def script(self, method: str, path: str, *answers: Answer | Callable[[ReceivedRequest], Answer]) -> None:
        self.scripted[method, path].extend(answers)

    def calls(self, method: str, path: str) -> list[ReceivedRequest]:
        return [seen for seen in self.requests if seen.method == method and re.fullmatch(path, seen.path)]

    def booking(self, booking_id: str, customer: dict[str, Any], seat_ids: list[str], **changes: Any) -> dict[str, Any]:
        booking = {
            "id": booking_id, "version": 2, "status": "AWAITING_PAYMENT", "failure_reason": None, "cancel_reason": None,
            "origin": "DIRECT", "customer": customer,
            "event": {name: self.event[name] for name in ("id", "name", "venue", "time_zone", "starts_at", "currency")},
            "seats": [_booked(self.seats[seat_id]) for seat_id in seat_ids],
            "amount": 450000 * len(seat_ids), "currency": "IDR", "invoice_number": "INV-20261123-7K3QX9",
            "payment_url": "http://127.0.0.1:8002/pay/abc", "hold_expires_at": "2099-11-23T10:15:00Z",
            "refund_status": None,
            "document": None, "waitlist_entry_id": None, "created_at": NOW, "updated_at": NOW,
        } | changes  # fmt: skip
        self.bookings[booking_id] = booking
        return booking

    def entry(self, seat_id: str, customer: dict[str, Any], **changes: Any) -> dict[str, Any]:
        entry = {
            "id": str(uuid4()), "version": 1, "status": "WAITING", "position": 1,
            "seat": _booked(self.seats[seat_id]),
            "event": {name: self.event[name] for name in ("id", "name", "venue", "time_zone", "starts_at", "currency")},
            "customer": customer, "booking_id": None, "offer_expires_at": None, "joined_at": NOW, "updated_at": NOW,
        } | changes  # fmt: skip
        self.entries[str(entry["id"])] = entry
        return entry

    def answer(self, seen: ReceivedRequest) -> Answer:
        if re.match("/api/v1/(bookings|waitlist)", seen.path):
            # These bodies are composed by the service itself; bodies of staff are passed on unchanged.
            found = request_violations(seen.method, seen.path, body=seen.body)
            self.violations += [f"{seen.method} {seen.path} asks: {each}" for each in found]
        answer = self._answer(seen)
        if answer.problem and isinstance(answer.body, dict):
            answer = replace(answer, body={"instance": seen.path, "request_id": "of-ticket"} | answer.body)
        if not (answer.drop or answer.broken or seen.path.startswith("/files/")):
            found = violations(seen.method, seen.path, status=answer.status, body=answer.body)
            self.violations += [f"{seen.method} {seen.path} → {answer.status}: {each}" for each in found]
        return answer

    def _answer(self, seen: ReceivedRequest) -> Answer:
        self.requests.append(seen)
        if self.down:
            return Answer(0, drop=True)
        if waiting := self.scripted.get((seen.method, seen.path)):
            scripted = waiting.pop(0)
            return scripted(seen) if callable(scripted) else scripted
        if seen.path.startswith("/files/"):
            return Answer(200, self.pdf)
        if seen.headers.get("authorization") != "Bearer client-key-client-key-client-key":
            return problem("unauthenticated", 401)
        for method, pattern, handle in ROUTES:
            if method == seen.method and (match := re.fullmatch(pattern, seen.path)):
                return handle(self, seen, *match.groups())
        return problem("not-found", 404)


def _booked(seat: dict[str, Any]) -> dict[str, Any]:
    return {name: seat[name] for name in ("id", "section", "row", "number", "price")}


def _post_booking(ticket: FakeTicket, seen: ReceivedRequest) -> Answer:
    ids = seen.body["seat_ids"]
    if seen.body["event_id"] != EVENT_ID:
        return problem("event-not-found", 404)
    if any(seat_id not in ticket.seats for seat_id in ids):
        wrong = {"field": "seat_ids.0", "code": "seat_unknown", "message": "This event has no seat with this id."}
        return problem("validation-error", 422, errors=[wrong])
    if taken := [seat_id for seat_id in ids if ticket.seats[seat_id]["status"] != "OPEN"]:
        return problem("seat-unavailable", 409, seat_ids=taken)
    for seat_id in ids:
        ticket.seats[seat_id]["status"] = "ON_GOING"
    return Answer(201, ticket.booking(seen.body["booking_id"], seen.body["customer"], ids))


def _get(store: str, unknown: str = "not-found") -> Callable[..., Answer]:
    def handle(ticket: FakeTicket, seen: ReceivedRequest, key: str) -> Answer:
        found = getattr(ticket, store).get(key)
        return Answer(200, found) if found else problem(unknown, 404)

    return handle


def _abandon(ticket: FakeTicket, seen: ReceivedRequest, key: str) -> Answer:
    if found := ticket.bookings.get(key):
        return Answer(200, found)
    ticket.abandoned.add(key)
    return Answer(204)


def _cancel(ticket: FakeTicket, seen: ReceivedRequest, key: str) -> Answer:
    booking = ticket.bookings[key]
    booking |= {"status": "CANCELLED", "cancel_reason": "BUYER", "version": booking["version"] + 1}
    return Answer(200, booking)


def _link(ticket: FakeTicket, seen: ReceivedRequest, key: str) -> Answer:
    import hashlib

    booking = ticket.bookings.get(key)
    if not booking or not booking["document"]:
        return problem("ticket-not-ready", 404)
    return Answer(
        200,
        {
            "url": f"{ticket.url}/files/{key}.pdf",
            "expires_at": "2099-01-01T00:00:00Z",
            "sha256": hashlib.sha256(PDF).hexdigest(),
            "kind": booking["document"]["kind"],
        },
    )


def _timeline(ticket: FakeTicket, seen: ReceivedRequest, key: str) -> Answer:
    step = {
        "at": NOW,
        "service": "organizer",
        "actor": "organizer",
        "action": "held",
        "from_status": None,
        "to_status": None,
    }
    return Answer(200, {"items": [{**step, "detail": "2 seats"}]})


def _post_waitlist(ticket: FakeTicket, seen: ReceivedRequest) -> Answer:
    seat = ticket.seats.get(seen.body["seat_id"])
    if seat is None:
        return problem("seat-not-found", 404)
    if seat["status"] == "OPEN":
        return problem("seat-open", 409)
    return Answer(201, ticket.entry(seen.body["seat_id"], seen.body["customer"]))


def _list_waitlist(ticket: FakeTicket, seen: ReceivedRequest) -> Answer:
    mine = [e for e in ticket.entries.values() if e["customer"]["id"] == seen.query["customer_id"]]
    return Answer(200, {"items": mine, "next_cursor": None})


def _delete_waitlist(ticket: FakeTicket, seen: ReceivedRequest, key: str) -> Answer:
    ticket.entries[key] |= {"status": "LEFT", "position": None, "version": ticket.entries[key]["version"] + 1}
    return Answer(200, ticket.entries[key])


def _seats(ticket: FakeTicket, seen: ReceivedRequest) -> Answer:
    wanted = seen.query.get("status")
    seats = [seat for seat in ticket.seats.values() if wanted in (None, seat["status"])]
    if seen.places:
        seats = [seat for seat in seats if json.dumps(_place(seat), separators=(",", ":")) in seen.places]
    return Answer(200, {"items": seats, "next_cursor": None})


def _place(seat: dict[str, Any]) -> list[Any]:
    return [seat["section"], seat["row"], seat["number"]]


def _seat_map(ticket: FakeTicket, seen: ReceivedRequest) -> Answer:
    """With a row for each seat, which is all that a reader has to take."""
    seats = list(ticket.seats.values())
    prices = sorted({seat["price"] for seat in seats})
    rows = [
        {"row": seat["row"], "runs": [[seat["number"], seat["number"], prices.index(seat["price"])]]} for seat in seats
    ]
    signs = {"OPEN": "o", "ON_GOING": "g", "BOOKED": "b"}
    layout = {"prices": prices, "sections": [{"section": "Balkon", "rows": rows}]}
    shown = {
        "layout": sha256(json.dumps(layout).encode()).hexdigest()[:16],
        **layout,
        "states": "".join(signs[seat["status"]] for seat in seats),
    }
    tag = f'W/"{sha256(json.dumps(shown).encode()).hexdigest()[:24]}"'
    if has_tag(seen.headers.get("if-none-match"), tag):
        return Answer(304, headers={"ETag": tag})
    return Answer(200, shown, headers={"ETag": tag})


def _best_seats(ticket: FakeTicket, seen: ReceivedRequest) -> Answer:
    """Proposes the first open seats; ticket's own tests say which are the best."""
    count = int(seen.query.get("count", 0))
    if not 1 <= count <= 10:
        errors = [{"field": "count", "code": "greater_than_equal", "message": "Must be 1 to 10."}]
        return problem("validation-error", 422, errors=errors)
    chosen = [seat for seat in ticket.seats.values() if seat["status"] == "OPEN"][:count]
    names = ("id", "section", "row", "number", "price")
    seats = [{name: seat[name] for name in names} for seat in chosen]
    proposal = {"seats": seats, "adjacent": True, "leaves_single_seat": False}
    return Answer(200, {"proposal": proposal if len(seats) == count else None})


def _post_event(ticket: FakeTicket, seen: ReceivedRequest) -> Answer:
    if "name" not in seen.body:
        errors = [{"field": "name", "code": "missing", "message": "Field required"}]
        return problem("validation-error", 422, errors=errors)
    named = {name: seen.body[name] for name in ("name", "venue") if name in seen.body}
    return Answer(201, ticket.event | named)


def _cancel_event(ticket: FakeTicket, seen: ReceivedRequest) -> Answer:
    operation = {
        "id": str(uuid4()), "event_id": EVENT_ID, "kind": "cancel-event", "state": "RUNNING", "reason": "",
        "actor": "client", "done": 0, "total": 0, "created_at": NOW, "finished_at": None,
    }  # fmt: skip
    return Answer(202, operation)


def _organizer(slug: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()), "slug": slug, "name": slug.upper(), "base_url": f"http://{slug}",
        "api_key_set_at": NOW, "version": 1, "created_at": NOW, "updated_at": NOW,
    } | changes  # fmt: skip


def _of_version(version: Callable[..., int], change: Callable[..., Answer]) -> Callable[..., Answer]:
    """Makes the change only to the version that the request names."""

    def handle(ticket: FakeTicket, seen: ReceivedRequest, *keys: str) -> Answer:
        present = version(ticket, *keys)
        try:
            header = seen.headers.get("if-match")
            require_version(None if header is None else parse_if_match(header), present)
        except VersionMissingError:
            return problem("precondition-required", 428)
        except VersionChangedError:
            return problem("precondition-failed", 412, etag=entity_tag(present))
        return change(ticket, seen, *keys)

    return handle


def _of_event(change: Callable[..., Answer]) -> Callable[..., Answer]:
    return _of_version(lambda ticket: ticket.event_version, change)


def _of_seat(change: Callable[..., Answer]) -> Callable[..., Answer]:
    return _of_version(lambda ticket, key: int(ticket.seats[key]["version"]), change)


def _of_organizer(change: Callable[..., Answer]) -> Callable[..., Answer]:
    return _of_version(lambda ticket, slug: 1, change)


def _change_event(ticket: FakeTicket, seen: ReceivedRequest) -> Answer:
    ticket.event_version += 1
    return Answer(200, ticket.event | seen.body)


def _change_seat(ticket: FakeTicket, seen: ReceivedRequest, key: str) -> Answer:
    ticket.seats[key] |= {**seen.body, "version": ticket.seats[key]["version"] + 1}
    return Answer(200, ticket.seats[key])


E_PATH = f"/api/v1/events/{EVENT_ID}"
ROUTES: list[tuple[str, str, Callable[..., Answer]]] = [
    ("POST", "/api/v1/bookings", _post_booking),
    ("GET", "/api/v1/bookings/([^/]+)", _get("bookings")),
    ("POST", "/api/v1/bookings/([^/]+)/cancel", _cancel),
    ("POST", "/api/v1/bookings/([^/]+)/abandon", _abandon),
    ("GET", "/api/v1/bookings/([^/]+)/ticket", _link),
    ("GET", "/api/v1/bookings/([^/]+)/timeline", _timeline),
    ("POST", "/api/v1/waitlist", _post_waitlist),
    ("GET", "/api/v1/waitlist", _list_waitlist),
    ("GET", "/api/v1/waitlist/([^/]+)", _get("entries")),
    ("DELETE", "/api/v1/waitlist/([^/]+)", _delete_waitlist),
    ("GET", "/api/v1/events", lambda t, s: Answer(200, {"items": [t.event], "next_cursor": None})),
    ("POST", "/api/v1/events", _post_event),
    ("GET", E_PATH, lambda t, s: Answer(200, t.event)),
    ("PATCH", E_PATH, _of_event(_change_event)),
    ("DELETE", E_PATH, _of_event(lambda t, s: Answer(204))),
    ("GET", f"{E_PATH}/seats", _seats),
    ("GET", f"{E_PATH}/seat-map", _seat_map),
    ("GET", f"{E_PATH}/best-seats", _best_seats),
    ("POST", f"{E_PATH}/seats", lambda t, s: Answer(201, {"items": []})),
    ("GET", f"{E_PATH}/seats/([^/]+)", _get("seats", "seat-not-found")),
    ("PATCH", f"{E_PATH}/seats/([^/]+)", _of_seat(_change_seat)),
    ("DELETE", f"{E_PATH}/seats/([^/]+)", _of_seat(lambda t, s, key: Answer(204))),
    ("POST", f"{E_PATH}/close-sales", lambda t, s: Answer(200, t.event)),
    ("POST", f"{E_PATH}/cancel", _cancel_event),
    ("GET", f"{E_PATH}/operations", lambda t, s: Answer(200, {"items": [], "next_cursor": None})),
    ("GET", f"{E_PATH}/waitlist", lambda t, s: Answer(200, {"items": [*t.entries.values()], "next_cursor": None})),
    ("GET", "/api/v1/events/[^/]+(/seat-map|/best-seats)?", lambda t, s, *_: problem("event-not-found", 404)),
    ("GET", "/api/v1/organizers", lambda t, s: Answer(200, {"items": [_organizer("x")], "next_cursor": None})),
    ("POST", "/api/v1/organizers", lambda t, s: Answer(201, _organizer(**s.body))),
    ("GET", "/api/v1/organizers/([^/]+)", lambda t, s, slug: Answer(200, _organizer(slug))),
    (
        "PATCH",
        "/api/v1/organizers/([^/]+)",
        _of_organizer(lambda t, s, slug: Answer(200, _organizer(slug, **s.body, version=2))),
    ),
    ("DELETE", "/api/v1/organizers/([^/]+)", _of_organizer(lambda t, s, slug: problem("organizer-in-use", 409))),
]


def _handler(ticket: FakeTicket) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def respond(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            raw = self.rfile.read(length)
            query = parse_qs(parts.query, keep_blank_values=True)
            seen = ReceivedRequest(
                method=self.command,
                path=parts.path,
                query={name: values[0] for name, values in query.items()},
                headers={name.lower(): value for name, value in self.headers.items()},
                body=json.loads(raw) if raw else None,
                places=query.get("at", []),
            )
            answer = ticket.answer(seen)
            if answer.drop:
                self.close_connection = True
                self.connection.close()
                return
            body = answer.body if isinstance(answer.body, bytes) else json.dumps(deepcopy(answer.body)).encode()
            self.send_response(answer.status)
            kind = "application/problem+json" if answer.problem else "application/json"
            self.send_header("Content-Type", kind)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.status in (204, 304):
                self.end_headers()
                return
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = do_DELETE = respond  # noqa: N815 - names that http.server looks for

        def log_message(self, *args: Any) -> None:
            """Logs nothing."""

    return Handler
