"""Every organizer has a key of its own, with which requests to it are signed, and which can be replaced (contracts)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import httpx
import pytest
import time_machine
from asgi_lifespan import LifespanManager
from organizer_simulator.domain.keys import Keyring, own_key
from organizer_simulator.http.app import create_app
from organizer_simulator.settings import Settings as OrganizerSettings
from servicekit.signatures import Request, signed_request_headers
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs
from support.catalog import create
from support.server import serve
from support.ticket_system import ORGANIZER_KEY, TicketSystem
from ticketing.integrations.organizer_requests import PREVIOUS_KEYS

CONTRACT = json.loads((Path(__file__).parents[3] / "contracts" / "requests.json").read_text())
OWN_KEYS = CONTRACT["own_keys"]
VECTORS = CONTRACT["vectors"]
NEW_ROOT = "tests-organizer-key-after-rotation-0123"
ORGANIZERS = "/api/v1/organizers"


@pytest.mark.parametrize("vector", OWN_KEYS, ids=lambda vector: vector["organizer"])
def test_the_simulator_derives_the_key_of_each_organizer(vector: dict[str, str]) -> None:
    assert own_key(vector["root"], vector["organizer"]) == vector["key"]


@pytest.fixture
async def simulator(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """An organizer simulator whose root key is being replaced, and that of the contract's vectors."""
    roots = f"{NEW_ROOT} {ORGANIZER_KEY} {OWN_KEYS[0]['root']}"
    settings = OrganizerSettings.model_validate(
        {"organizer_api_key": roots, "organizer_database": tmp_path / "holds.sqlite", "organizer_failure_rate": 0}
    )
    app = create_app(settings)
    async with (
        LifespanManager(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://organizers") as client,
    ):
        yield client


@pytest.mark.parametrize(
    "vector", [each for each in VECTORS if each["target"].isprintable()], ids=lambda vector: vector["name"]
)
async def test_the_simulator_accepts_and_refuses_signed_requests_as_the_contract_says(
    simulator: httpx.AsyncClient, vector: dict[str, Any]
) -> None:
    headers = {"authorization": f"Bearer {vector['key']}", "content-type": "application/json", **vector["headers"]}
    with time_machine.travel(vector["now"], tick=False):
        answer = await simulator.request(vector["method"], vector["target"], content=vector["body"], headers=headers)
    assert (answer.status_code == 401) is (vector["expected"] == "refuse"), answer.text


async def call(client: httpx.AsyncClient, key: str, organizer: str, *, signed: bool = True, path: str = "holds") -> int:
    target = f"/{organizer}/{path}"
    headers = {"authorization": f"Bearer {key}"}
    if signed:
        headers |= signed_request_headers(key, "req_1", Request("GET", target, ""), datetime.now(UTC))
    return (await client.get(target, headers=headers)).status_code


async def test_a_key_opens_its_own_organizer_alone_and_only_signed(simulator: httpx.AsyncClient) -> None:
    for root in (ORGANIZER_KEY, NEW_ROOT):
        key = own_key(root, "mine")
        assert await call(simulator, key, "mine") == 200
        assert await call(simulator, key, "mine", signed=False) == 401
        assert await call(simulator, key, "yours") == 401
        assert await call(simulator, key, "mine", path="holdsandmore") == 401
        assert await call(simulator, root, "yours", signed=False) == 200
    assert await call(simulator, own_key("another-root-0123456789abcdef", "mine"), "mine") == 401


class Listener:
    """Stands in the place of an organizer and keeps what it is sent."""

    def __init__(self) -> None:
        self.headers: list[dict[str, str]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.headers.append({name.decode(): value.decode() for name, value in scope["headers"]})
        await send({"type": "http.response.start", "status": 500, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def test_a_stranger_who_is_registered_as_an_organizer_gets_no_key_that_opens_another(
    system: TicketSystem,
) -> None:
    event, seats = await system.create_event()
    victim, victims_seats = await system.create_event()
    held = await system.book(victim, victims_seats[:1])
    listener = Listener()
    async with serve(listener) as url:
        slug = event["organizer"]["slug"]
        answer = await system.client.patch(f"{ORGANIZERS}/{slug}", json={"base_url": url, "api_key": "s" * 24})
        assert answer.status_code == 200, answer.text
        await system.client.post("/api/v1/bookings", json=system.booking_request(event, seats[:1]))
    assert {headers["authorization"] for headers in listener.headers} == {"Bearer " + "s" * 24}
    hold = f"{victim['base_url']}/holds/{held['id']}"
    for headers in listener.headers:
        stolen = {name: headers[name] for name in headers if name.startswith(("authorization", "webhook-"))}
        async with httpx.AsyncClient() as stranger:
            assert (await stranger.delete(hold, headers=stolen)).status_code == 401
    assert await system.hold_status(victim, held["id"]) == "HELD"


async def test_a_key_is_never_shown_nor_logged(system: TicketSystem) -> None:
    new = {"slug": "secretive", "name": "Secretive", "base_url": "http://x.test", "api_key": "k3y-" * 8}
    path = f"{ORGANIZERS}/secretive"
    with capture_logs() as lines:
        key = {"idempotency-key": "once"}
        for _ in range(2):
            made = await system.client.post(ORGANIZERS, json=new, headers=key)
            assert made.status_code == 201
        changed = await system.client.patch(path, json={"api_key": "another-k3y-" * 3})
        refused = await system.client.patch(path, json={"api_key": "k3y"})
        shown = await system.client.get(path)
        listed = await system.client.get(ORGANIZERS)
    assert refused.status_code == 422
    for answer in (made, changed, refused, shown, listed):
        assert "k3y" not in answer.text
    assert made.json()["api_key_set_at"] < changed.json()["api_key_set_at"] == shown.json()["api_key_set_at"]
    assert "k3y" not in str(lines)


@pytest.mark.parametrize("key", ["x" * 23, "x" * 201, "with a space, and long enough", "é" * 30, None, 5])
async def test_a_key_that_cannot_be_used_is_refused(system: TicketSystem, key: Any) -> None:
    event, _ = await system.create_event()
    answer = await system.client.patch(f"{ORGANIZERS}/{event['organizer']['slug']}", json={"api_key": key})
    assert answer.status_code == 422


async def test_nothing_is_asked_of_an_organizer_without_a_key(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    await change(system, "UPDATE organizers SET api_key = NULL")
    refused = await system.client.post("/api/v1/bookings", json=system.booking_request(event, seats[:1]))
    assert (refused.status_code, refused.json()["type"]) == (503, "organizer-unreachable")
    assert (await system.seat(seats[0]["id"]))["status"] == "OPEN"


@contextmanager
def roots_at_the_simulator(*roots: str) -> Iterator[None]:
    """The keys that the running simulator accepts."""
    with patch.object(Keyring, "is_own", lambda _, key, organizer: key in {own_key(root, organizer) for root in roots}):
        yield


async def keys_of(system: TicketSystem, event: Any) -> tuple[str | None, str | None]:
    async with system.services.engine.connect() as connection:
        query = "SELECT api_key, previous_api_key FROM organizers WHERE slug = $1"
        row = (await connection.exec_driver_sql(query, (event["organizer"]["slug"],))).one()
    return row[0], row[1]


async def test_a_key_is_replaced_without_a_moment_in_which_no_booking_succeeds(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    slug = event["organizer"]["slug"]
    old, new = own_key(ORGANIZER_KEY, slug), own_key(NEW_ROOT, slug)
    tried_before = PREVIOUS_KEYS._value.get()
    for _ in range(2):
        # A repeat of the change keeps the previous key.
        await system.client.patch(f"{ORGANIZERS}/{slug}", json={"api_key": new})
    assert await keys_of(system, event) == (new, old)
    with roots_at_the_simulator(ORGANIZER_KEY):
        await system.book(event, seats[:1])
    assert PREVIOUS_KEYS._value.get() == tried_before + 1
    assert await keys_of(system, event) == (new, old)
    with roots_at_the_simulator(NEW_ROOT, ORGANIZER_KEY):
        await system.book(event, seats[1:2])
    assert await keys_of(system, event) == (new, None)
    with roots_at_the_simulator(NEW_ROOT):
        await system.book(event, seats[2:3])
    assert PREVIOUS_KEYS._value.get() == tried_before + 1


async def test_an_organizer_that_knows_neither_key_is_unreachable(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    await system.client.patch(f"{ORGANIZERS}/{event['organizer']['slug']}", json={"api_key": "n" * 24})
    with roots_at_the_simulator("yet-another-root-0123456789"):
        refused = await system.client.post("/api/v1/bookings", json=system.booking_request(event, seats[:1]))
    assert refused.json()["type"] == "organizer-unreachable"


async def test_an_organizer_may_be_made_without_a_key(system: TicketSystem) -> None:
    slug = f"org-{uuid4().hex[:8]}"
    made = await create(system.client, ORGANIZERS, {"slug": slug, "name": "N", "base_url": "http://x.test"})
    assert made["api_key_set_at"] is None


async def change(system: TicketSystem, statement: str) -> None:
    async with system.services.engine.begin() as connection:
        await connection.exec_driver_sql(statement)
