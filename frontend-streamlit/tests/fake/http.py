"""What every answer of the fake client service has in common."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from devstack.contract_answers import MEDIA_TYPE, PROBLEMS, api_of
from servicekit.errors import VersionChangedError, VersionMissingError
from servicekit.versions import parse_if_match, require_version
from servicekit.viewer_address import verified_viewer
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.fake.state import FakeRecords, Record

STANDS_STILL_SECONDS = 3
TOO_MANY, RETRY_AFTER = 429, 50
VIEWER_SECRET = "whsec_" + "A" * 43 + "="
SOME_ID = "5d2f4f0a-2c3a-4e7e-8b6f-0e5ad2b7a101"
FACTS: Record = {
    **dict.fromkeys(("booking_id", "seat_id", "waitlist_entry_id"), SOME_ID),
    "seat_ids": [SOME_ID],
    "entry_status": "LAPSED",
    "limit": 20,
    "unpaid": 20,
    "scope": "buyer",
    "etag": '"1"',
}
"""What a problem says, for tests to which it does not matter."""
Handler = Callable[[Request, FakeRecords, Record], Awaitable[Response]]


class Refusal(Exception):
    """Makes the handler answer with a problem document."""

    def __init__(self, status: int, slug: str, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.status, self.slug, self.detail, self.extra = status, slug, detail, extra


def problem(error: Refusal, path: str) -> JSONResponse:
    """The problem document of a refusal."""
    body = {"type": error.slug, "title": PROBLEMS[error.slug]["title"], "status": error.status, "detail": error.detail}
    members = PROBLEMS[error.slug].get("members", {})
    body |= {name: FACTS[name] for name, member in members.items() if member["sent"] == "always"}
    body |= {"instance": path, "request_id": "of-the-fake", **error.extra}
    headers = {"Retry-After": str(RETRY_AFTER)} if error.status == TOO_MANY else None
    return JSONResponse(body, error.status, headers, MEDIA_TYPE)


def checked(request: Request, records: FakeRecords, answer: Response) -> Response:
    """The answer; what the client service never answers (contracts/openapi/client.json) is noted in the records."""
    path, body = request.url.path, json.loads(bytes(answer.body)) if answer.body else None
    found = api_of("client").answer_mismatches(request.method, path, status=answer.status_code, body=body)
    records.violations += [f"{request.method} {path} → {answer.status_code}: {each}" for each in found]
    return answer


def open_to(audience: str, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Checks who calls (`public`, `user` or `staff`) and turns refusals into problem documents."""

    async def endpoint(request: Request) -> Response:
        records: FakeRecords = request.app.state.records
        records.requests.append(f"{request.method} {request.url.path}")
        records.viewers.append(believed_viewer(request))
        if "idempotency-key" in request.headers:
            records.keys.append(request.headers["idempotency-key"])
        # The body is read at once, so that a request counts even if its caller leaves during a wait.
        await request.body()
        if records.broken == "hang":
            await asyncio.sleep(1)
        if records.broken == "down":
            return Response("Bad gateway", 502)
        passes_on = "/events" in request.url.path
        if records.broken == "ticket stands still" and passes_on:
            await asyncio.sleep(STANDS_STILL_SECONDS)
        try:
            if records.broken == "without ticket" and passes_on:
                raise Refusal(503, "ticket-unavailable", "The ticket service does not answer right now.")
            if records.next_refusal is not None and request.method != "GET":
                refusal, records.next_refusal = records.next_refusal, None
                raise Refusal(**refusal)
            answer = checked(request, records, await handler(request, records, caller(request, records, audience)))
            if records.broken == "answers lost" and request.method != "GET":
                return Response("Bad gateway", 502)
            return answer
        except Refusal as error:
            return checked(request, records, problem(error, request.url.path))

    return endpoint


def believed_viewer(request: Request) -> str | None:
    """The viewer's address that the client service would believe."""
    target = request.scope["raw_path"].decode() + (f"?{request.url.query}" if request.url.query else "")
    return verified_viewer(
        request.headers, method=request.method, target=target, secrets=[VIEWER_SECRET], now=datetime.now(UTC)
    )


def caller(request: Request, records: FakeRecords, audience: str) -> Record:
    """Returns the account of the access token."""
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    user = next((u for u in records.users if u["id"] == records.access.get(token)), None)
    if user is None:
        if audience == "public" and not token:
            return {}
        raise Refusal(401, "unauthenticated", "The token is missing, wrong or expired.")
    if audience == "staff" and not user["is_staff"]:
        raise Refusal(403, "forbidden", "Only staff may do this.")
    return user


def listed(request: Request, items: list[Any]) -> JSONResponse:
    """Returns a page of a list; the cursor is the index of the next item."""
    start, limit = int(request.query_params.get("cursor", 0)), int(request.query_params.get("limit", 50))
    rest = start + limit < len(items)
    return JSONResponse({"items": items[start : start + limit], "next_cursor": str(start + limit) if rest else None})


async def created_once(request: Request, records: FakeRecords, make: Callable[[Record], Record]) -> JSONResponse:
    """Answers 201 with the result of `make`. A repeat with the same Idempotency-Key gets the first answer, also if that
    was a refusal.
    """
    key, draft = request.headers.get("idempotency-key", ""), await body_of(request)
    if key not in records.created:
        records.created[key] = (draft, _answer_of(make, draft))
    first, answer = records.created[key]
    if first != draft:
        raise Refusal(422, "idempotency-key-reused", "The key was used with another body.")
    if isinstance(answer, Refusal):
        raise answer
    return JSONResponse(answer, 201)


def _answer_of(make: Callable[[Record], Record], draft: Record) -> Record | Refusal:
    try:
        return make(dict(draft))
    except Refusal as refusal:
        return refusal


async def body_of(request: Request) -> Record:
    """Returns the parsed body; empty if there is none."""
    return await request.json() if await request.body() else {}


def of_version(request: Request, record: Record) -> None:
    """Refuses a change that is not based on the record's version."""
    header = request.headers.get("if-match")
    try:
        require_version(None if header is None else parse_if_match(header), record["version"])
    except VersionMissingError as error:
        raise Refusal(428, "precondition-required", error.detail) from None
    except VersionChangedError as error:
        raise Refusal(412, "precondition-failed", error.detail, **error.members) from None


def staff_only(user: Record) -> None:
    """Refuses everybody but staff."""
    if not user.get("is_staff"):
        raise Refusal(403, "forbidden", "Only staff may do this.")


def found(candidates: list[Record], record_id: str) -> Record:
    """Returns the record with that id. Refuses with 404 if there is none."""
    for record in candidates:
        if record["id"] == record_id:
            return record
    raise Refusal(404, "not-found", "There is nothing here.")
