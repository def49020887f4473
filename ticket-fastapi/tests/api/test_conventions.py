"""Rules for every endpoint: API keys, problem documents, limits, request ids and idempotency keys."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from asgi_lifespan import LifespanManager
from servicekit.problems import Problem
from servicekit.settings import ServiceKey
from sqlalchemy.ext.asyncio import AsyncEngine
from support.catalog import event_body, make_event, make_organizer
from ticketing.http import problems
from ticketing.http.app import create_app
from ticketing.settings import Settings

from devstack.contract_answers import api_of

EVENTS = "/api/v1/events"
CONTRACT = json.loads((Path(__file__).parents[3] / "contracts" / "problems.json").read_text())["problems"]


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Bearer wrong", "Basic YTpi", "Bearer é", "Bearer " + "x" * 5000]
)
async def test_a_request_without_a_known_key_is_refused(app_client: httpx.AsyncClient, header: str | None) -> None:
    del app_client.headers["authorization"]
    headers = {} if header is None else {"authorization": header.encode("latin-1")}
    answer = await app_client.get(EVENTS, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.fixture
async def reader(settings: Settings, engine: AsyncEngine) -> AsyncIterator[httpx.AsyncClient]:
    key = "tests-reader-key-0123456789abcdef"
    keys = {"reader": ServiceKey.model_validate({"key": key, "scopes": ["catalog:read"]})}
    app = create_app(settings.model_copy(update={"api_keys": keys}))
    async with (
        LifespanManager(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://t", headers={"authorization": f"bearer {key}"}
        ) as client,
    ):
        yield client


async def test_a_key_permits_only_its_scopes(reader: httpx.AsyncClient) -> None:
    assert (await reader.get(EVENTS)).status_code == 200
    for method, path in (("POST", EVENTS), ("GET", "/api/v1/webhook-deliveries")):
        answer = await reader.request(method, path, json=event_body() if method == "POST" else None)
        assert (answer.status_code, answer.json()["type"]) == (403, "forbidden")


def test_every_problem_is_in_the_contract_with_the_same_status_and_title() -> None:
    constants = [value for value in vars(problems).values() if isinstance(value, Problem)]
    assert constants
    assert problems.PROBLEM_OF
    for problem in [*constants, *problems.PROBLEM_OF.values()]:
        assert CONTRACT[problem.slug]["status"] == problem.status
        assert CONTRACT[problem.slug]["title"] == problem.title


async def test_an_unknown_address_is_a_problem_document(app_client: httpx.AsyncClient) -> None:
    answer = await app_client.get("/api/v1/nothing?x=1", headers={"x-request-id": "abc"})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "not-found",
        "title": "Not found",
        "status": 404,
        "detail": "Not found.",
        "instance": "/api/v1/nothing",
        "request_id": "abc",
    }


async def test_a_wrong_method_is_a_problem_document(app_client: httpx.AsyncClient) -> None:
    answer = await app_client.put(EVENTS, json={})
    assert (answer.status_code, answer.json()["type"]) == (405, "method-not-allowed")
    assert "allow" in answer.headers


@pytest.mark.parametrize(
    "body", [b"{", b'{"name": "\xff"}', b"[" * 20_000, b'{"a": 1' + b"0" * 6_000 + b"}", b"\x00", b"{} {}"]
)
async def test_a_body_that_is_not_json_is_malformed(live_client: httpx.AsyncClient, body: bytes) -> None:
    answer = await live_client.post(EVENTS, content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["type"]) == (400, "malformed-json"), answer.text


@pytest.mark.parametrize("body", [b"[]", b"null", b'"text"', b"5", b""])
async def test_a_body_that_is_not_an_object_is_invalid(live_client: httpx.AsyncClient, body: bytes) -> None:
    answer = await live_client.post(EVENTS, content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["type"]) == (422, "validation-error"), answer.text
    assert answer.json()["errors"]


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "", "application/x-www-form-urlencoded"])
async def test_only_json_is_read(live_client: httpx.AsyncClient, media_type: str) -> None:
    answer = await live_client.post(EVENTS, content=b"{}", headers={"content-type": media_type})
    assert (answer.status_code, answer.json()["type"]) == (415, "unsupported-media-type")


async def test_a_body_over_64_kib_is_refused(live_client: httpx.AsyncClient) -> None:
    await make_organizer(live_client)
    fits = json.dumps(event_body()).encode()
    fits += b" " * (64 * 1024 - len(fits))
    headers = {"content-type": "application/json"}
    assert (await live_client.post(EVENTS, content=fits, headers=headers)).status_code == 201
    answer = await live_client.post(EVENTS, content=fits + b" ", headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (413, "body-too-large")


async def test_a_body_of_unknown_length_is_counted_while_it_comes(live_client: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(65):
            yield b" " * 1024

    answer = await live_client.post(EVENTS, content=chunks(), headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["type"]) == (413, "body-too-large")


SOME_ID = str(uuid4())
CALLS_WITH_BODY = api_of("ticket").calls_with_body(
    booking_id=SOME_ID, delivery_id=SOME_ID, event_id=SOME_ID, seat_id=SOME_ID, slug="nobody"
)
UNREADABLE_BODIES = [
    (b"{", "application/json", 400),
    (b"{}", "text/plain", 415),
    (b" " * (1024 * 1024 + 1), "application/json", 413),
]


@pytest.mark.parametrize(("body", "media_type", "status"), UNREADABLE_BODIES)
async def test_every_call_documents_how_it_refuses_a_body_that_it_cannot_read(
    app_client: httpx.AsyncClient, body: bytes, media_type: str, status: int
) -> None:
    for method, path, takes_body in CALLS_WITH_BODY:
        headers = {"content-type": media_type, "if-match": "*"}
        answer = await app_client.request(method, path, content=body, headers=headers)
        document = answer.json() if answer.content else None
        found = api_of("ticket").answer_mismatches(method, path, status=answer.status_code, body=document)
        assert found == [], (method, path, answer.text)
        assert answer.status_code == status or not takes_body, (method, path, answer.text)


@pytest.mark.parametrize("given", ["a-b_c.9", "x" * 64])
async def test_a_well_formed_request_id_is_kept(app_client: httpx.AsyncClient, given: str) -> None:
    answer = await app_client.get("/healthz", headers={"x-request-id": given})
    assert answer.headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["x" * 65, "a b", "a\tb", "é"])
async def test_a_malformed_request_id_is_replaced(app_client: httpx.AsyncClient, given: str) -> None:
    answer = await app_client.get("/healthz", headers={"x-request-id": given.encode("latin-1")})
    assert answer.headers["x-request-id"] not in ("", given)


async def test_a_repeat_with_the_same_key_creates_nothing(app_client: httpx.AsyncClient) -> None:
    await make_organizer(app_client)
    headers = {"idempotency-key": "one-two-three"}
    body = event_body()
    first = await app_client.post(EVENTS, json=body, headers=headers)
    again = await app_client.post(EVENTS, content=json.dumps(body, indent=3), headers={**headers, **JSON})
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["idempotent-replay"] == "true"
    assert "idempotent-replay" not in first.headers
    assert len((await app_client.get(EVENTS)).json()["items"]) == 1


JSON = {"content-type": "application/json"}


async def test_an_idempotency_key_belongs_to_one_request(app_client: httpx.AsyncClient) -> None:
    event = await make_event(app_client)
    headers = {"idempotency-key": "k"}
    await app_client.post(EVENTS, json=event_body(), headers=headers)
    for path, body in ((EVENTS, event_body(name="Other")), (f"{EVENTS}/{event['id']}/seats", SEAT)):
        refused = await app_client.post(path, json=body, headers=headers)
        assert (refused.status_code, refused.json()["type"]) == (422, "idempotency-key-reused")


SEAT: dict[str, Any] = {"seats": [{"section": "A", "row": "A", "number": 1, "price": 1}]}


async def test_a_refused_request_does_not_use_up_its_idempotency_key(app_client: httpx.AsyncClient) -> None:
    headers = {"idempotency-key": "k"}
    assert (await app_client.post(EVENTS, json=(body := event_body()), headers=headers)).status_code == 422
    await make_organizer(app_client)
    assert (await app_client.post(EVENTS, json=body, headers=headers)).status_code == 201


async def test_a_key_whose_request_still_runs_is_refused(app_client: httpx.AsyncClient, engine: AsyncEngine) -> None:
    await make_organizer(app_client)
    async with engine.begin() as connection:
        # The lock that a first request holds until it ends.
        await connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtextextended(E'client\\nk', 0))")
        answer = await app_client.post(EVENTS, json=event_body(), headers={"idempotency-key": "k"})
    assert (answer.status_code, answer.json()["type"]) == (409, "request-in-progress")


@pytest.mark.parametrize("key", ["", "x" * 256, "with space", "é"])
async def test_a_wrong_key_is_refused(app_client: httpx.AsyncClient, key: str) -> None:
    answer = await app_client.post(EVENTS, json=event_body(), headers={"idempotency-key": key.encode("latin-1")})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "Idempotency-Key")


async def test_an_internal_error_does_not_show_its_cause(
    app_client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def crash(*_: object, **__: object) -> None:
        raise RuntimeError("the secret reason")

    monkeypatch.setattr("ticketing.usecases.catalogue.manage_events.with_seats", crash)
    answer = await app_client.get(EVENTS)
    assert (answer.status_code, answer.json()["type"]) == (500, "internal-error")
    assert "secret" not in answer.text
    assert answer.headers["x-request-id"] == answer.json()["request_id"]
