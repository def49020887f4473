"""A small fake of the client service: the operations that seeding calls, over real HTTP, in memory."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

Json = dict[str, Any]
PAGE = 700
STAFF = ("staff@example.com", "staff-password")


class Platform:
    """The data of the fake; `refusals` are statuses that it answers first, before it processes requests."""

    def __init__(self) -> None:
        self.accounts = {STAFF[0]: STAFF[1]}
        self.organizers: list[Json] = []
        self.events: list[Json] = []
        self.seats: dict[str, list[Json]] = {}
        self.refusals: list[int] = []
        self.changes: list[str] = []
        self.url = ""

    def answer(self, method: str, path: str, body: Json, token: str, if_match: str | None) -> tuple[int, Json]:
        if self.refusals:
            status = self.refusals.pop(0)
            return status, {"type": "told-to", "detail": "Not now."}
        if path == "/readyz":
            return 200, {}
        if path.startswith("/api/v1/auth/"):
            return self._sign_in(path, body)
        if method != "GET":
            if token != f"Bearer {STAFF[0]}":
                return 403, {"type": "forbidden", "detail": "Only staff may do this."}
            self.changes.append(f"{method} {path}")
        return self._catalogue(method, path.removeprefix("/api/v1"), body, if_match)

    def _sign_in(self, path: str, body: Json) -> tuple[int, Json]:
        email = body["email"]
        if path.endswith("/register"):
            if email in self.accounts:
                return 409, {"type": "email-taken", "detail": "An account has this address."}
            self.accounts[email] = body["password"]
            return 201, {"id": str(uuid4())}
        known = self.accounts.get(email) == body["password"]
        return (200, {"access": email}) if known else (401, {"type": "unauthenticated", "detail": "Wrong."})

    def _catalogue(self, method: str, path: str, body: Json, if_match: str | None) -> tuple[int, Json]:
        if path == "/organizers" and method == "POST":
            set_at = body.get("api_key") and "2026-11-23T10:00:00Z"
            self.organizers.append({"api_key_set_at": set_at, "version": 1, **body})
            return 201, body
        if changed := re.fullmatch(r"/organizers/([a-z-]+)", path):
            return self._change_organizer(changed[1], body, if_match)
        if path == "/events" and method == "POST":
            event = {**body, "id": str(uuid4()), "organizer": {"slug": body["organizer"], "name": ""}}
            self.events.append(event)
            self.seats[event["id"]] = []
            return 201, event
        if seats := re.fullmatch(r"/events/([^/]+)/seats", path):
            if method == "POST":
                self.seats[seats[1]] += _laid_out(body)
                return 201, {"items": []}
            return 200, {"items": self.seats[seats[1]]}
        return 200, {"items": self.organizers if path == "/organizers" else self.events}

    def _change_organizer(self, slug: str, body: Json, if_match: str | None) -> tuple[int, Json]:
        organizer = next(each for each in self.organizers if each["slug"] == slug)
        if if_match != f'"{organizer["version"]}"':
            return (428 if if_match is None else 412), {"type": "precondition-failed", "detail": "Another version."}
        organizer.update(body, version=organizer["version"] + 1)
        return 200, {}


def _laid_out(body: Json) -> list[Json]:
    if "seats" in body:
        return list(body["seats"])
    numbers = range(1, body["seats_per_row"] + 1)
    fixed = {"section": body["section"], "price": body["price"]}
    return [{**fixed, "row": row, "number": number} for row in body["rows"] for number in numbers]


@contextmanager
def running(platform: Platform) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, _, query = self.path.partition("?cursor=")
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or "{}")
            token, if_match = self.headers.get("Authorization", ""), self.headers.get("If-Match")
            status, answer = platform.answer(self.command, path, body, token, if_match)
            if "items" in answer:
                begin = int(query or 0)
                more = len(answer["items"]) > begin + PAGE
                answer = {
                    "items": answer["items"][begin : begin + PAGE],
                    "next_cursor": str(begin + PAGE) if more else None,
                }
            content = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_PATCH = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    platform.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
