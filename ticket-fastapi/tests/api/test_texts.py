"""Texts in requests are stored or refused as text.json and email.json of contracts/ say, up to their length."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from servicekit.db.engine import driver_of
from support.catalog import event_body, make_event
from support.ticket_system import TicketSystem, customer

CONTRACTS = Path(__file__).parents[3] / "contracts"
CONTRACT = json.loads((CONTRACTS / "text.json").read_text())
EMAIL = json.loads((CONTRACTS / "email.json").read_text())
WIDE = "\N{MATHEMATICAL SCRIPT CAPITAL A}"
"""Four bytes in UTF-8."""
TABLES = ("events", "organizers", "seats", "bookings", "waitlist_entries")


@dataclass
class Catalogue:
    """An event with seats; each booking takes the next seat."""

    system: TicketSystem
    event: Any
    seats: list[Any]
    taken: Any

    @property
    def client(self) -> httpx.AsyncClient:
        return self.system.client

    async def everything(self) -> list[Any]:
        """Returns the rows of all tables that store texts."""
        async with self.system.services.engine.connect() as connection:
            driver = await driver_of(connection)
            return [await driver.fetch(f"SELECT * FROM {table} ORDER BY 1") for table in TABLES]


Send = Callable[[Catalogue, str], Awaitable[httpx.Response]]


@dataclass(frozen=True)
class Sent:
    """One request that sends a field of the contract: the field's name in refusals, and its place in the answer."""

    field: str
    named: str
    shown: Callable[[Any], str]
    send: Send

    def __str__(self) -> str:
        return f"{self.field} as {self.named} by {self.send.__name__}"


def _of_event(name: str) -> list[Sent]:
    async def post(catalogue: Catalogue, text: str) -> httpx.Response:
        body = event_body(organizer=catalogue.event["organizer"]["slug"], **{name: text})
        return await catalogue.client.post("/api/v1/events", json=body)

    async def patch(catalogue: Catalogue, text: str) -> httpx.Response:
        return await catalogue.client.patch(f"/api/v1/events/{catalogue.event['id']}", json={name: text})

    return [Sent(f"event.{name}", name, lambda answer: str(answer[name]), send) for send in (post, patch)]


async def _post_organizer(catalogue: Catalogue, text: str) -> httpx.Response:
    body = {"slug": f"org-{uuid4().hex[:8]}", "name": text, "base_url": "http://x.test"}
    return await catalogue.client.post("/api/v1/organizers", json=body)


async def _patch_organizer(catalogue: Catalogue, text: str) -> httpx.Response:
    return await catalogue.client.patch(
        f"/api/v1/organizers/{catalogue.event['organizer']['slug']}", json={"name": text}
    )


def _of_seat(name: str, in_layout: str) -> list[Sent]:
    place = {"section": "Balkon", "row": "A"}

    async def post_list(catalogue: Catalogue, text: str) -> httpx.Response:
        seat = {**place, name: text, "number": uuid4().int % 90_000 + 1, "price": 1}
        return await catalogue.client.post(f"/api/v1/events/{catalogue.event['id']}/seats", json={"seats": [seat]})

    async def post_layout(catalogue: Catalogue, text: str) -> httpx.Response:
        section, rows = (text, [f"{uuid4().hex[:9]}"]) if name == "section" else (uuid4().hex, [text])
        layout = {"section": section, "rows": rows, "seats_per_row": 1, "price": 1}
        return await catalogue.client.post(f"/api/v1/events/{catalogue.event['id']}/seats", json=layout)

    async def patch(catalogue: Catalogue, text: str) -> httpx.Response:
        path = f"/api/v1/events/{catalogue.event['id']}/seats/{catalogue.seats[0]['id']}"
        return await catalogue.client.patch(path, json={name: text})

    field = f"seat.{name}"
    return [
        Sent(field, f"seats.0.{name}", lambda answer: str(answer["items"][0][name]), post_list),
        Sent(field, in_layout, lambda answer: str(answer["items"][0][name]), post_layout),
        Sent(field, name, lambda answer: str(answer[name]), patch),
    ]


def _of_customer(name: str) -> list[Sent]:
    async def post_booking(catalogue: Catalogue, text: str) -> httpx.Response:
        body = catalogue.system.booking_request(
            catalogue.event, catalogue.seats[-1:], customer=customer(**{name: text})
        )
        answer = await catalogue.client.post("/api/v1/bookings", json=body)
        if answer.is_success:
            catalogue.seats.pop()
        return answer

    async def post_entry(catalogue: Catalogue, text: str) -> httpx.Response:
        body = {"seat_id": catalogue.taken["id"], "customer": customer(**{name: text})}
        return await catalogue.client.post("/api/v1/waitlist", json=body)

    def shown(answer: Any) -> str:
        return str(answer["customer"][name])

    return [Sent(f"customer.{name}", f"customer.{name}", shown, send) for send in (post_booking, post_entry)]


WAYS = [
    *_of_event("name"),
    *_of_event("venue"),
    *_of_event("description"),
    Sent("organizer.name", "name", lambda answer: str(answer["name"]), _post_organizer),
    Sent("organizer.name", "name", lambda answer: str(answer["name"]), _patch_organizer),
    *_of_seat("section", "section"),
    *_of_seat("row", "rows.0"),
    *_of_customer("name"),
    *_of_customer("email"),
]


@pytest.fixture
async def catalogue(system: TicketSystem) -> Catalogue:
    event, seats = await system.create_event(seats_per_row=40)
    taken = seats.pop()
    await system.book(event, [taken])
    return Catalogue(system, event, seats, taken)


def vectors_of(field: str) -> list[dict[str, Any]]:
    """Returns the vectors for the kind of the field."""
    if field == "customer.email":
        addresses: list[dict[str, Any]] = EMAIL["vectors"]
        return addresses
    kind = {"one": "one_line", "several": "several_lines"}[CONTRACT["fields"][field]["lines"]]
    vectors: list[dict[str, Any]] = CONTRACT[kind]
    # Some vectors are longer than a row, which has at most ten characters.
    longest = CONTRACT["fields"][field]["max_length"]
    return [vector for vector in map(_shortened, vectors) if len(vector["input"].strip()) <= longest]


def _shortened(vector: dict[str, Any]) -> dict[str, Any]:
    texts = {
        key: vector[key] and vector[key].replace("Opening", "Op").replace("night", "n").replace("Second", "S")
        for key in ("input", "stored")
    }
    return {**vector, **texts}


@pytest.mark.parametrize("way", WAYS, ids=str)
async def test_every_vector_of_the_contract_is_stored_or_refused_as_it_says(catalogue: Catalogue, way: Sent) -> None:
    vectors = vectors_of(way.field)
    assert {vector["stored"] is None for vector in vectors} == {True, False}
    for vector in vectors:
        if vector["stored"] is not None:
            answer = await way.send(catalogue, vector["input"])
            assert answer.status_code in (200, 201), (vector, answer.text)
            assert way.shown(answer.json()) == vector["stored"], vector
    before = await catalogue.everything()
    for vector in vectors:
        if vector["stored"] is None:
            _assert_refused(await way.send(catalogue, vector["input"]), way, vector["name"])
    assert await catalogue.everything() == before


@pytest.mark.parametrize("character", ["x", WIDE])
@pytest.mark.parametrize("way", [way for way in WAYS if way.field != "customer.email"], ids=str)
async def test_the_longest_text_is_stored_whole_and_a_longer_one_is_refused(
    catalogue: Catalogue, way: Sent, character: str
) -> None:
    longest = character * CONTRACT["fields"][way.field]["max_length"]
    before = await catalogue.everything()
    _assert_refused(await way.send(catalogue, character + longest), way, "too long")
    assert await catalogue.everything() == before
    answer = await way.send(catalogue, f" {longest}\n")
    assert answer.status_code in (200, 201), answer.text
    assert way.shown(answer.json()) == longest


def _assert_refused(answer: httpx.Response, way: Sent, why: str) -> None:
    assert (answer.status_code, answer.json()["type"]) == (422, "validation-error"), (why, answer.text)
    assert [error["field"] for error in answer.json()["errors"]] == [way.named], why


def test_every_field_of_ticket_is_sent_in_every_way() -> None:
    others = {"user.name", "invoice.description"}
    assert {way.field for way in WAYS} == CONTRACT["fields"].keys() - others


@pytest.mark.parametrize("search", ["\x00", "a\x1bb", "a\x7fb", "x" * 201, "\ud800"])
async def test_a_search_for_what_no_text_can_contain_is_refused(app_client: httpx.AsyncClient, search: str) -> None:
    query = httpx.QueryParams({"search": "S"})
    raw = str(query).replace("S", "".join(f"%{byte:02X}" for byte in search.encode("utf-8", "surrogatepass")))
    answer = await app_client.get(f"/api/v1/events?{raw}")
    # The server decodes half of a surrogate pair as a replacement character.
    assert answer.status_code == (200 if search == "\ud800" else 422), answer.text


@pytest.mark.parametrize("search", ["%", "_", "\\", "'", '"', "a\nb", "a\tb", "\u2028", "é", WIDE * 200, " "])
async def test_any_other_search_is_answered(app_client: httpx.AsyncClient, search: str) -> None:
    await make_event(app_client)  # without an event, PostgreSQL would not look at the pattern
    answer = await app_client.get("/api/v1/events", params={"search": search})
    assert answer.status_code == 200, answer.text


async def test_half_a_character_is_refused(catalogue: Catalogue) -> None:
    body = json.dumps(event_body(organizer=catalogue.event["organizer"]["slug"])).replace("Malam Jazz", "\\ud800")
    answer = await catalogue.client.post("/api/v1/events", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422), answer.text


@pytest.mark.parametrize(("path", "status"), [("漢" * 40, 201), ("漢" * 60, 422)], ids=["fits", "too long"])
async def test_an_address_is_measured_as_it_is_stored_percent_encoded(
    catalogue: Catalogue, path: str, status: int
) -> None:
    """Each character takes nine when it is percent-encoded; payment refuses an invoice with a longer return URL."""
    wanted = catalogue.system.booking_request(
        catalogue.event, [catalogue.seats.pop()], return_url=f"http://x.id/{path}"
    )
    answer = await catalogue.client.post("/api/v1/bookings", json=wanted)
    assert answer.status_code == status, answer.text
    if status == 422:
        assert [error["field"] for error in answer.json()["errors"]] == ["return_url"]
