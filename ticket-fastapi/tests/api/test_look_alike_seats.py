"""Seats whose names look alike are one seat (contracts/text.json, `look_alike`)."""

from __future__ import annotations

import asyncio
import itertools
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine
from support.catalog import create, make_event

LOOK_ALIKE: dict[str, Any] = json.loads((Path(__file__).parents[3] / "contracts" / "text.json").read_text())[
    "look_alike"
]
PAIRS = [
    (field, group[0], other)
    for field, longest in (("section", 60), ("row", 10))
    for group in LOOK_ALIKE["same"]
    for other in group[1:]
    if max(len(group[0]), len(other)) <= longest
]


def seat(section: str = "Balkon", row: str = "A", number: int = 1) -> dict[str, Any]:
    return {"section": section, "row": row, "number": number, "price": 1}


@pytest.fixture
async def path(app_client: httpx.AsyncClient) -> str:
    return f"/api/v1/events/{(await make_event(app_client))['id']}/seats"


async def assert_exists(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> None:
    before = (await client.get(path)).json()["items"]
    refused = await client.post(path, json=body)
    # A text with an invisible character is refused before seats are compared.
    assert refused.status_code in (409, 422), refused.text
    assert refused.json()["type"] == ("seat-exists" if refused.status_code == 409 else "validation-error")
    assert (await client.get(path)).json()["items"] == before


@pytest.mark.parametrize(("field", "first", "other"), PAIRS, ids=ascii)
async def test_a_seat_that_looks_like_another_is_refused(
    app_client: httpx.AsyncClient, path: str, field: str, first: str, other: str
) -> None:
    await create(app_client, path, {"seats": [seat(**{field: first})]})
    await assert_exists(app_client, path, {"seats": [seat(**{field: other})]})
    rows, section = ([other], "Balkon") if field == "row" else (["A"], other)
    await assert_exists(app_client, path, {"section": section, "rows": rows, "seats_per_row": 2, "price": 1})


@pytest.mark.parametrize(("first", "other"), [("É", "e\u0301"), ("a", "Ａ"), ("1", "１"), ("B", "В")], ids=ascii)
async def test_two_that_look_alike_in_one_request_are_refused(
    app_client: httpx.AsyncClient, path: str, first: str, other: str
) -> None:
    layout = {"section": "Balkon", "rows": [first, other], "seats_per_row": 1, "price": 1}
    for body, field in (({"seats": [seat(row=first), seat(row=other)]}, "seats.1"), (layout, "rows")):
        refused = await app_client.post(path, json=body)
        assert (refused.status_code, [error["field"] for error in refused.json()["errors"]]) == (422, [field])
    assert (await app_client.get(path)).json()["items"] == []


async def test_seats_that_do_not_look_alike_are_all_created(app_client: httpx.AsyncClient, path: str) -> None:
    apart = LOOK_ALIKE["apart"]
    await create(app_client, path, {"seats": [seat(section, row) for section, row in itertools.product(apart, apart)]})
    listed = (await app_client.get(path, params={"limit": 5000})).json()["items"]
    assert {(each["section"], each["row"]) for each in listed} == set(itertools.product(apart, apart))


async def test_a_seat_cannot_be_renamed_to_look_like_another_but_its_spelling_may_change(
    app_client: httpx.AsyncClient, path: str
) -> None:
    body = {"seats": [seat(row="a"), seat(row="b")]}
    first, second = (await create(app_client, path, body))["items"]
    refused = await app_client.patch(f"{path}/{second['id']}", json={"row": "Ａ"})
    assert (refused.status_code, refused.json()["type"]) == (409, "seat-exists")
    assert (await app_client.patch(f"{path}/{first['id']}", json={"row": "A"})).json()["row"] == "A"
    assert (await app_client.patch(f"{path}/{second['id']}", json={"row": "C"})).status_code == 200
    await create(app_client, path, {"seats": [seat(row="B")]})
    await assert_exists(app_client, path, {"seats": [seat(row="c")]})


async def test_of_many_requests_at_once_for_seats_that_look_alike_one_is_served(
    live_client: httpx.AsyncClient,
) -> None:
    path = f"/api/v1/events/{(await make_event(live_client))['id']}/seats"
    spellings = ["É", "é", "E\u0301", "e\u0301"] * 3
    answers = await asyncio.gather(*(live_client.post(path, json={"seats": [seat(row=row)]}) for row in spellings))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * (len(spellings) - 1)


async def test_the_database_itself_refuses_a_look_alike_seat(
    app_client: httpx.AsyncClient, path: str, engine: AsyncEngine
) -> None:
    (first,) = (await create(app_client, path, {"seats": [seat(row="é")]}))["items"]
    statement = """
        INSERT INTO seats (id, event_id, section, row, place_key, number, price)
        SELECT gen_random_uuid(), event_id, section, 'É', place_key, number, price FROM seats WHERE id = :id
    """
    with pytest.raises(IntegrityError, match="uq_seats_event_id_place_key_number"):
        async with engine.begin() as connection:
            await connection.execute(sa.text(statement), {"id": first["id"]})
