"""The organizer simulator's contract (contracts/README.md, "Hold" and "Simulation")."""

import json
import re
import socket
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request
from httpx import Response
from organizer_simulator.domain.hold import Hold, HoldStatus, RequestedHold
from organizer_simulator.http import ordinary_holds
from organizer_simulator.http.app import create_app
from organizer_simulator.settings import Settings
from organizer_simulator.store import HoldStore
from support.small_disk import mounted

from devstack.contract_answers import api_of
from devstack.deadlines import stretched

KEY = "organizer-key-for-tests-0001"
EVENT = "6d2c5a0e-9d0f-4c39-9d6b-0a4a4f5f0001"


class OrganizerClient(httpx.Client):
    """An HTTP client with the API key; `app` is the server's application, for tests that break something inside."""

    app: FastAPI


@contextmanager
def running_organizer(database: Path, **settings: object) -> Iterator[OrganizerClient]:
    defaults = {
        "organizer_failure_rate": 0,
        "simulation_controls": True,
        "organizer_late_answer_seconds": stretched(0.3),
    }
    values = {"organizer_api_key": KEY, "organizer_database": database, **defaults, **settings}
    app = create_app(Settings.model_validate(values))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        headers = {"Authorization": f"Bearer {KEY}"}
        port = listener.getsockname()[1]
        try:
            url = f"http://127.0.0.1:{port}"
            with OrganizerClient(base_url=url, headers=headers, timeout=stretched(10), verify=False) as client:
                client.app = app
                client.get("/readyz").raise_for_status()  # waits in the socket's queue until the app has started
                yield client
        finally:
            server.should_exit = True
            thread.join(timeout=stretched(10))


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "holds.sqlite"


@pytest.fixture
def client(database: Path) -> Iterator[OrganizerClient]:
    with running_organizer(database) as client:
        yield client


@pytest.fixture(scope="module")
def unchanged_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OrganizerClient]:
    """One client for all tests that change nothing."""
    with running_organizer(tmp_path_factory.mktemp("organizer") / "holds.sqlite") as client:
        yield client


def hold(client: OrganizerClient, *seats: str, hold_id: str | None = None, organizer: str = "jakarta") -> Response:
    body = {"hold_id": hold_id or str(uuid4()), "event_ref": EVENT, "seats": list(seats)}
    return client.post(f"/{organizer}/holds", json=body)


def assert_problem(response: Response, status: int, slug: str) -> None:
    assert (response.status_code, response.json()["type"]) == (status, slug), response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == status
    assert response.json()["instance"] == response.request.url.path
    assert response.json()["request_id"] == response.headers["x-request-id"]


def held(client: OrganizerClient, organizer: str = "jakarta") -> list[str]:
    return [item["hold_id"] for item in client.get(f"/{organizer}/holds?status=HELD").json()["items"]]


def test_a_hold_is_created_shown_and_listed(client: OrganizerClient) -> None:
    taken = hold(client, "A1", "A2")
    assert taken.status_code == 201
    body = taken.json()
    assert (body["event_ref"], body["seats"], body["status"]) == (EVENT, ["A1", "A2"], "HELD")
    assert body["held_at"].endswith("Z")
    assert body["released_at"] is None
    assert client.get(f"/jakarta/holds/{body['hold_id']}").json() == body
    assert held(client) == [body["hold_id"]]


def test_a_repeated_request_returns_the_existing_hold_at_any_failure_rate(client: OrganizerClient) -> None:
    hold_id = str(uuid4())
    first = hold(client, "A1", "A2", hold_id=hold_id)
    client.put("/simulation", json={"failure_rate": 1})
    again = hold(client, "A2", "A1", hold_id=hold_id)
    assert (again.status_code, again.json()) == (200, first.json())


def test_a_hold_id_cannot_be_reused_for_other_seats(client: OrganizerClient) -> None:
    hold_id = str(uuid4())
    hold(client, "A1", hold_id=hold_id)
    assert_problem(hold(client, "A2", hold_id=hold_id), 422, "idempotency-key-reused")
    assert client.get(f"/jakarta/holds/{hold_id}").json()["seats"] == ["A1"]


def test_a_seat_of_another_hold_is_refused_and_the_holder_named(client: OrganizerClient) -> None:
    first = hold(client, "A1", "A2").json()["hold_id"]
    client.put("/simulation", json={"next_outcomes": ["fail"]})
    refused = hold(client, "A2", "A3")
    assert_problem(refused, 409, "already-held")
    assert (refused.json()["seats"], refused.json()["held_by"]) == (["A2"], first)
    assert client.get("/simulation").json()["next_outcomes"] == ["fail"], "no outcome is drawn for a held seat"
    client.put("/simulation", json={"next_outcomes": []})
    assert hold(client, "A3").status_code == 201, "the refused hold must leave nothing behind"


def test_holds_of_different_organizers_and_events_are_independent(client: OrganizerClient) -> None:
    hold_id = str(uuid4())
    assert hold(client, "A1", hold_id=hold_id).status_code == 201
    assert hold(client, "A1", hold_id=hold_id, organizer="bandung").status_code == 201
    other_event = {"hold_id": str(uuid4()), "event_ref": "another", "seats": ["A1"]}
    assert client.post("/jakarta/holds", json=other_event).status_code == 201
    client.delete(f"/jakarta/holds/{hold_id}")
    assert held(client, "bandung") == [hold_id]


def test_a_released_seat_can_be_held_again_but_not_under_the_released_id(client: OrganizerClient) -> None:
    hold_id = hold(client, "A1").json()["hold_id"]
    released = client.delete(f"/jakarta/holds/{hold_id}")
    assert (released.status_code, released.json()["status"]) == (200, "RELEASED")
    assert_problem(hold(client, "A1", hold_id=hold_id), 409, "released")
    assert hold(client, "A1").status_code == 201
    assert client.delete(f"/jakarta/holds/{hold_id}").json() == released.json()
    assert len(held(client)) == 1, "a repeated release must not touch the seat's new hold"


def test_releasing_an_unknown_id_refuses_a_later_hold_with_it(client: OrganizerClient) -> None:
    hold_id = str(uuid4())
    client.put("/simulation", json={"failure_rate": 1})
    tombstone = client.delete(f"/jakarta/holds/{hold_id}")
    assert (tombstone.status_code, tombstone.json()["status"]) == (200, "RELEASED")
    assert client.get(f"/jakarta/holds/{hold_id}").json() == tombstone.json()
    assert_problem(hold(client, "A1", hold_id=hold_id), 409, "released")


def test_a_decline_leaves_no_hold_and_a_repeat_draws_again(client: OrganizerClient) -> None:
    client.put("/simulation", json={"next_outcomes": ["fail", "ok"]})
    hold_id = str(uuid4())
    assert_problem(hold(client, "A1", hold_id=hold_id), 409, "declined")
    assert_problem(client.get(f"/jakarta/holds/{hold_id}"), 404, "not-found")
    assert hold(client, "A1", hold_id=hold_id).status_code == 201


def test_a_configured_error_answers_500_and_holds_nothing(client: OrganizerClient) -> None:
    client.put("/simulation", json={"next_outcomes": ["error"]})
    assert_problem(hold(client, "A1"), 500, "internal-error")
    assert held(client) == []


def test_a_configured_timeout_holds_and_answers_late(client: OrganizerClient) -> None:
    client.put("/simulation", json={"next_outcomes": ["timeout"]})
    hold_id = str(uuid4())
    answers: list[Response] = []
    caller = threading.Thread(target=lambda: answers.append(hold(client, "A1", hold_id=hold_id)))
    caller.start()
    while client.get(f"/jakarta/holds/{hold_id}").status_code == 404 and caller.is_alive():
        pass
    assert answers == [], "the hold is there before its answer"
    caller.join(timeout=stretched(5))
    assert answers[0].status_code == 201
    assert answers[0].elapsed.total_seconds() >= 0.3


def test_two_hundred_requests_are_declined_at_the_failure_rate(database: Path) -> None:
    with running_organizer(database, organizer_failure_rate=0.2, organizer_seed=3) as client:
        statuses = Counter(hold(client, f"A{number}").status_code for number in range(200))
    assert set(statuses) == {201, 409}
    assert abs(statuses[409] - 40) < 4 * (200 * 0.2 * 0.8) ** 0.5


def test_many_callers_at_once_get_a_seat_exactly_once(client: OrganizerClient) -> None:
    answers: list[int] = []
    callers = [threading.Thread(target=lambda: answers.append(hold(client, "A1", "A2").status_code)) for _ in range(20)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(timeout=stretched(20))
    assert Counter(answers) == {201: 1, 409: 19}


def test_the_database_itself_refuses_a_seat_twice(database: Path) -> None:
    store = HoldStore(database)

    def add(hold_id: str) -> None:
        with store.transaction():
            store.add(Hold("jakarta", hold_id, EVENT, ("A1",), HoldStatus.HELD, None, None))

    add("one")
    with pytest.raises(sqlite3.IntegrityError, match="held_seats"):
        add("two")
    with pytest.raises(sqlite3.IntegrityError, match="holds"):
        add("one")
    assert store.find("jakarta", "two") is None
    store.close()


def test_holds_tombstones_and_simulation_survive_a_restart(database: Path) -> None:
    with running_organizer(database) as client:
        kept, gone = (hold(client, seat).json()["hold_id"] for seat in ("A1", "A2"))
        client.delete(f"/jakarta/holds/{gone}")
        client.put("/simulation", json={"next_outcomes": ["fail", "ok"], "latency_ms": 1})
        hold(client, "A3")
    with running_organizer(database) as client:
        assert held(client) == [kept]
        assert_problem(hold(client, "A2", hold_id=gone), 409, "released")
        simulation = client.get("/simulation").json()
        assert simulation == {"failure_rate": 0, "latency_ms": 1, "next_outcomes": ["ok"], "seed": None}


def test_a_changed_environment_variable_replaces_the_stored_setting(database: Path) -> None:
    with running_organizer(database) as client:
        client.put("/simulation", json={"failure_rate": 1, "latency_ms": 1})
    with running_organizer(database, organizer_failure_rate=0.5) as client:
        assert client.get("/simulation").json()["failure_rate"] == 0.5
        assert client.get("/simulation").json()["latency_ms"] == 1


def test_without_controls_there_is_no_simulation_to_change_or_to_remember(database: Path) -> None:
    with running_organizer(database) as client:
        client.put("/simulation", json={"failure_rate": 1})
    with running_organizer(database, simulation_controls=False) as client:
        assert_problem(client.get("/simulation"), 404, "not-found")
        assert_problem(client.put("/simulation", json={"failure_rate": 1}), 404, "not-found")
        assert hold(client, "A1").status_code == 201


def test_a_list_comes_in_pages(client: OrganizerClient) -> None:
    ids = sorted(hold(client, f"A{number}").json()["hold_id"] for number in range(5))
    first = client.get("/jakarta/holds?limit=3").json()
    second = client.get(f"/jakarta/holds?limit=3&cursor={first['next_cursor']}").json()
    assert [item["hold_id"] for item in first["items"] + second["items"]] == ids
    assert second["next_cursor"] is None
    assert client.get("/jakarta/holds?status=RELEASED").json() == {"items": [], "next_cursor": None}


@pytest.mark.parametrize("authorization", ["", "Bearer wrong", KEY, f"Basic {KEY}", f"Bearer {KEY}x", "Bearer é"])
def test_a_missing_or_wrong_key_is_refused_before_the_body_is_read(
    unchanged_client: OrganizerClient, authorization: str
) -> None:
    headers = {b"Authorization": authorization.encode()}
    refused = unchanged_client.post("/jakarta/holds", content=b"{", headers=headers)
    assert_problem(refused, 401, "unauthenticated")
    assert refused.headers["www-authenticate"] == "Bearer"


GOOD = {"hold_id": str(uuid4()), "event_ref": EVENT, "seats": ["A1"]}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"hold_id": "not-a-uuid"}, "hold_id"),
        ({"hold_id": None}, "hold_id"),
        ({"event_ref": ""}, "event_ref"),
        ({"event_ref": "nul\u0000"}, "event_ref"),
        ({"seats": []}, "seats"),
        ({"seats": "A1"}, "seats"),
        ({"seats": ["A1", "A1"]}, "seats"),
        ({"seats": ["A1", 2]}, "seats.1"),
        ({"seats": ["\ud800"]}, "seats.0"),
        ({"seats": [f"A{number}" for number in range(101)]}, "seats"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_wrong_fields_are_named_and_nothing_is_held(
    unchanged_client: OrganizerClient, change: dict[str, object], field: str
) -> None:
    # The standard library's JSON can escape half of a surrogate pair.
    body = json.dumps({**GOOD, **change}).encode()
    refused = unchanged_client.post("/jakarta/holds", content=body, headers={"Content-Type": "application/json"})
    assert_problem(refused, 422, "validation-error")
    assert [error["field"] for error in refused.json()["errors"]] == [field]
    assert held(unchanged_client) == []


@pytest.mark.parametrize("body", [b"{", b"", b"\xff\xfe", b"[" * 30_000])
def test_a_body_that_is_not_json_is_refused(unchanged_client: OrganizerClient, body: bytes) -> None:
    refused = unchanged_client.post("/jakarta/holds", content=body, headers={"Content-Type": "application/json"})
    assert_problem(refused, *((422, "validation-error") if not body else (400, "malformed-json")))
    assert held(unchanged_client) == []


def test_an_oversized_body_is_refused_also_without_a_length(unchanged_client: OrganizerClient) -> None:
    assert_problem(unchanged_client.post("/jakarta/holds", content=b" " * 65_537), 413, "body-too-large")
    pieces = (b" " * 1024 for _ in range(100))
    assert_problem(unchanged_client.post("/jakarta/holds", content=pieces), 413, "body-too-large")


@pytest.mark.parametrize(("body", "status"), [(b"{", 400), (b" " * 65_537, 413)])
def test_every_call_documents_how_it_refuses_a_body_that_it_cannot_read(
    unchanged_client: OrganizerClient, body: bytes, status: int
) -> None:
    for method, path, _ in api_of("organizer").calls_with_body(organizer="jakarta"):
        refused = unchanged_client.request(method, path, content=body, headers={"Content-Type": "application/json"})
        found = api_of("organizer").answer_mismatches(method, path, status=refused.status_code, body=refused.json())
        assert (refused.status_code, found) == (status, []), (method, path, refused.text)


@pytest.mark.parametrize(
    ("send", "status", "slug"),
    [
        (lambda client: client.get("/nowhere"), 404, "not-found"),
        (lambda client: client.patch("/jakarta/holds"), 405, "method-not-allowed"),
        (lambda client: client.get("/Jakarta!/holds"), 422, "validation-error"),
        (lambda client: client.get("/jakarta/holds/1"), 422, "validation-error"),
        (lambda client: client.delete("/jakarta/holds/1"), 422, "validation-error"),
        (lambda client: client.get("/jakarta/holds?limit=0"), 422, "validation-error"),
        (lambda client: client.get("/jakarta/holds?status=OPEN"), 422, "validation-error"),
        (lambda client: client.get("/jakarta/holds?cursor=x"), 422, "validation-error"),
        (lambda client: client.put("/simulation", json={"failure_rate": 1.5}), 422, "validation-error"),
        (lambda client: client.put("/simulation", json={"failure_rate": None}), 422, "validation-error"),
        (lambda client: client.put("/simulation", content=b'{"failure_rate": NaN}'), 422, "validation-error"),
        (lambda client: client.put("/simulation", json={"next_outcomes": ["maybe"]}), 422, "validation-error"),
        (lambda client: client.put("/simulation", json={"latency_ms": -1}), 422, "validation-error"),
        (lambda client: client.put("/simulation", json={"seed": -1}), 422, "validation-error"),
        (lambda client: client.put("/simulation", json={"speed": 1}), 422, "validation-error"),
    ],
)
def test_a_wrong_request_gets_its_problem(
    unchanged_client: OrganizerClient, send: Callable[[OrganizerClient], Response], status: int, slug: str
) -> None:
    before = unchanged_client.get("/simulation").json()
    assert_problem(send(unchanged_client), status, slug)
    assert unchanged_client.get("/simulation").json() == before


def test_a_request_id_is_kept_only_if_it_is_well_formed(unchanged_client: OrganizerClient) -> None:
    assert unchanged_client.get("/healthz", headers={"X-Request-ID": "caller.1"}).headers["x-request-id"] == "caller.1"
    for bad in ("a b", "x" * 65, "line\\n", ""):
        assert unchanged_client.get("/healthz", headers={"X-Request-ID": bad}).headers["x-request-id"] not in ("", bad)


def test_operations_endpoints_need_no_key(client: OrganizerClient) -> None:
    del client.headers["Authorization"]
    for path in ("/healthz", "/readyz", "/metrics", "/openapi.json", "/docs"):
        assert client.get(path).status_code == 200, path


def test_metrics_count_hold_requests_by_outcome(client: OrganizerClient) -> None:
    hold(client, "A1")
    hold(client, "A1")
    text = client.get("/metrics").text
    assert 'organizer_hold_requests_total{outcome="held"} 1.0' in text
    assert 'organizer_hold_requests_total{outcome="already-held"} 1.0' in text
    assert 'route="/{organizer}/holds",status="201"' in text


def test_an_unanswering_database_is_named_by_readyz(client: OrganizerClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(client.app.state.register_thread.register, "try_to_write", broken)
    answer = client.get("/readyz")
    assert_problem(answer, 503, "not-ready")
    assert answer.json()["failing"] == ["database"]
    assert answer.headers["retry-after"] == "2"


def test_a_service_on_a_full_disk_is_not_ready_until_there_is_space_again() -> None:
    with mounted(megabytes=2) as disk, running_organizer(disk.folder / "holds.sqlite") as client:
        kept = hold(client, "A1").json()
        disk.fill()
        assert_problem(_until_refused(client), 503, "not-ready")
        assert_problem(client.get("/readyz"), 503, "not-ready")
        assert_problem(client.delete(f"/jakarta/holds/{kept['hold_id']}"), 503, "not-ready")
        assert_problem(client.put("/simulation", json={"failure_rate": 0.5}), 503, "not-ready")
        assert client.get(f"/jakarta/holds/{kept['hold_id']}").json() == kept
        disk.empty()
        assert client.get("/readyz").status_code == 200
        assert client.delete(f"/jakarta/holds/{kept['hold_id']}").json()["status"] == "RELEASED"
        assert client.get("/simulation").json()["failure_rate"] == 0


def _until_refused(client: OrganizerClient) -> Response:
    """Creates holds until one is refused, and returns the refusal; the file may have free pages for some."""
    for number in range(2000):
        answer = hold(client, f"B{number}")
        if answer.status_code != 201:
            return answer
    raise AssertionError("the disk is not full")


def test_a_read_only_file_serves_readers_and_is_not_ready(client: OrganizerClient) -> None:
    kept = hold(client, "A1").json()
    connection = client.app.state.register_thread.register._store._connection
    connection.execute("PRAGMA query_only = ON")
    refused = hold(client, "A2")
    assert_problem(refused, 503, "not-ready")
    assert refused.headers["retry-after"] == "2"
    assert_problem(client.get("/readyz"), 503, "not-ready")
    assert client.get(f"/jakarta/holds/{kept['hold_id']}").json() == kept
    connection.execute("PRAGMA query_only = OFF")
    assert hold(client, "A2").status_code == 201


def test_an_unexpected_error_is_a_problem_document(client: OrganizerClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(organizer: str, hold_id: str) -> None:
        raise sqlite3.IntegrityError("a defect")

    monkeypatch.setattr(client.app.state.register_thread.register, "find_hold", broken)
    assert_problem(client.get(f"/jakarta/holds/{uuid4()}"), 500, "internal-error")


def test_the_documentation_needs_no_key_and_loads_nothing_from_other_hosts(client: OrganizerClient) -> None:
    with httpx.Client(base_url=client.base_url, timeout=stretched(10)) as visitor:
        page = visitor.get("/docs")
        assert page.status_code == 200
        addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        assert addresses
        for address in addresses:
            assert visitor.get(address).status_code == 200, address


def test_both_ways_of_requesting_a_hold_answer_the_same(client: OrganizerClient) -> None:
    wanted = {"hold_id": str(uuid4()), "event_ref": EVENT, "seats": ["1A", "1B"]}
    text = json.dumps(wanted)
    json_type = {"content-type": "application/json"}
    answers = [
        client.post("/bandung/holds", content=content, headers=json_type)
        # Only FastAPI's standard way reads JSON in UTF-16.
        for content in (text.encode(), text.encode("utf-16"), text.encode())
    ]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert len({answer.content for answer in answers}) == 1
    assert {answer.headers["content-type"] for answer in answers} == {"application/json"}


def test_an_ordinary_request_for_a_hold_takes_the_short_way(
    client: OrganizerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[RequestedHold | None] = []

    async def spy(request: Request) -> RequestedHold | None:
        read.append(await original(request))
        return read[-1]

    original = ordinary_holds._ordinary
    monkeypatch.setattr(ordinary_holds, "_ordinary", spy)
    wanted = {"hold_id": str(uuid4()), "event_ref": EVENT, "seats": ["1A"]}
    client.post("/bandung/holds", json=wanted)
    client.post("/Bandung/holds", json=wanted)
    client.post("/bandung/holds", json=wanted | {"seats": []})
    assert [each is not None for each in read] == [True, False, False]
