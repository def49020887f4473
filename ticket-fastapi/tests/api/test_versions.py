"""A form saved from an old page overwrites nothing: `ETag` and `If-Match` of what staff edit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from support.catalog import event_body, make_event, make_organizer, make_seats
from support.ticket_system import TicketSystem
from ticketing.db.catalogue import events, organizers, seat_plan
from ticketing.usecases.catalogue import lay_out_seats, manage_events, manage_organizers

KINDS = ("event", "seat", "organizer")
MODULES = {"event": manage_events, "seat": lay_out_seats, "organizer": manage_organizers}


@dataclass(frozen=True)
class Edited:
    """Something that staff edit, with two ways to change it."""

    kind: str
    path: str
    tag: str
    changes: tuple[dict[str, Any], dict[str, Any]]
    table: str
    key: Any


async def make(client: httpx.AsyncClient, kind: str) -> Edited:
    """Creates an event, a seat or an organizer that can be deleted."""
    if kind == "organizer":
        slug = f"org-{uuid4().hex[:8]}"
        organizer = await make_organizer(client, slug)
        path, changes = f"/api/v1/organizers/{slug}", ({"name": "One"}, {"base_url": "http://y.test/n"})
        return Edited(kind, path, f'"{organizer["version"]}"', changes, "organizers", organizer["id"])
    event = await make_event(client)
    path = f"/api/v1/events/{event['id']}"
    if kind == "event":
        return Edited(kind, path, f'"{event["version"]}"', ({"name": "One"}, {"venue": "Two"}), "events", event["id"])
    seat = (await make_seats(client, event["id"]))[0]
    path = f"{path}/seats/{seat['id']}"
    return Edited(kind, path, f'"{seat["version"]}"', ({"price": 1}, {"row": "Z"}), "seats", seat["id"])


@pytest.fixture
async def staff(app_client: httpx.AsyncClient) -> httpx.AsyncClient:
    """A caller that sends `If-Match` only where the test says so."""
    del app_client.headers["if-match"]
    return app_client


@pytest.fixture(params=KINDS)
async def edited(request: pytest.FixtureRequest, staff: httpx.AsyncClient) -> Edited:
    return await make(staff, request.param)


def assert_problem(answer: httpx.Response, status: int, slug: str) -> None:
    assert (answer.status_code, answer.json()["type"]) == (status, slug), answer.text


async def change(staff: httpx.AsyncClient, edited: Edited, which: int, tag: str) -> httpx.Response:
    return await staff.patch(edited.path, json=edited.changes[which], headers={"if-match": tag})


async def test_the_version_is_in_answers_and_lists_and_grows_with_a_change(
    staff: httpx.AsyncClient, edited: Edited
) -> None:
    shown = await staff.get(edited.path)
    assert shown.headers["etag"] == edited.tag == f'"{shown.json()["version"]}"'
    listed = (await staff.get(edited.path.rpartition("/")[0])).json()["items"]
    assert [item["version"] for item in listed if item["id"] == str(edited.key)] == [shown.json()["version"]]
    changed = await change(staff, edited, 0, edited.tag)
    assert changed.status_code == 200
    assert changed.headers["etag"] == f'"{changed.json()["version"]}"' == (await staff.get(edited.path)).headers["etag"]
    assert changed.json()["version"] == shown.json()["version"] + 1


async def test_what_is_saved_unchanged_keeps_its_version(staff: httpx.AsyncClient, edited: Edited) -> None:
    first = await change(staff, edited, 0, edited.tag)
    again = await change(staff, edited, 0, first.headers["etag"])
    assert (again.status_code, again.headers["etag"]) == (200, first.headers["etag"])


@pytest.mark.parametrize("path", ["/api/v1/organizers", "/api/v1/events"])
async def test_a_creation_answers_with_the_version_also_when_it_is_repeated(
    staff: httpx.AsyncClient, path: str
) -> None:
    await make_organizer(staff)
    body = {"slug": "new", "name": "New", "base_url": "http://x.test/new"}
    for _ in range(2):
        made = await staff.post(
            path, json=body if path.endswith("organizers") else _EVENT, headers={"idempotency-key": "once"}
        )
        assert (made.status_code, made.headers["etag"], made.json()["version"]) == (201, '"1"', 1)


_EVENT = event_body()


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_without_if_match_nothing_is_changed(staff: httpx.AsyncClient, edited: Edited, method: str) -> None:
    body = edited.changes[0] if method == "PATCH" else None
    before = (await staff.get(edited.path)).json()
    assert_problem(await staff.request(method, edited.path, json=body), 428, "precondition-required")
    assert (await staff.get(edited.path)).json() == before


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize("tag", ['"0"', 'W/"1"', '"2", W/"1"'])
async def test_another_version_is_not_changed(staff: httpx.AsyncClient, edited: Edited, method: str, tag: str) -> None:
    body = edited.changes[0] if method == "PATCH" else None
    before = (await staff.get(edited.path)).json()
    refused = await staff.request(method, edited.path, json=body, headers={"if-match": tag})
    assert_problem(refused, 412, "precondition-failed")
    assert refused.json()["etag"] == edited.tag
    assert (await staff.get(edited.path)).json() == before


@pytest.mark.parametrize("tag", ["*", '"0", "1"'])
async def test_any_version_and_a_list_of_versions_are_accepted(
    staff: httpx.AsyncClient, edited: Edited, tag: str
) -> None:
    assert (await change(staff, edited, 0, tag)).status_code == 200
    assert (await staff.delete(edited.path, headers={"if-match": '"9", "2"'})).status_code == 204


async def test_several_lines_of_the_header_are_one_list(staff: httpx.AsyncClient, edited: Edited) -> None:
    lines = [("if-match", '"0"'), ("if-match", edited.tag)]
    assert (await staff.patch(edited.path, json=edited.changes[0], headers=lines)).status_code == 200


@pytest.mark.parametrize("header", ["1", "", '"1', '*, "1"'])
async def test_a_malformed_header_is_named(staff: httpx.AsyncClient, edited: Edited, header: str) -> None:
    refused = await change(staff, edited, 0, header)
    assert_problem(refused, 422, "validation-error")
    assert [error["field"] for error in refused.json()["errors"]] == ["If-Match"]


@pytest.mark.parametrize("header", [{}, {"if-match": '"1"'}])
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_what_does_not_exist_is_not_found_whatever_version_is_named(
    staff: httpx.AsyncClient, edited: Edited, method: str, header: dict[str, str]
) -> None:
    nobody = str(uuid4()) if edited.kind != "organizer" else "nobody"
    path = f"{edited.path.rpartition('/')[0]}/{nobody}"
    answer = await staff.request(method, path, json={} if method == "PATCH" else None, headers=header)
    assert answer.status_code == 404


async def test_an_old_version_counts_more_than_what_forbids_the_deletion(staff: httpx.AsyncClient) -> None:
    event = await make_event(staff)
    path = f"/api/v1/organizers/{event['organizer']['slug']}"
    assert_problem(await staff.delete(path, headers={"if-match": '"0"'}), 412, "precondition-failed")
    assert_problem(await staff.delete(path, headers={"if-match": '"1"'}), 409, "organizer-in-use")


@pytest.mark.parametrize("action", ["close-sales", "cancel"])
async def test_an_action_needs_no_version_and_makes_open_forms_old(staff: httpx.AsyncClient, action: str) -> None:
    event = await make(staff, "event")
    assert (await staff.post(f"{event.path}/{action}")).status_code in (200, 202)
    assert_problem(await change(staff, event, 0, event.tag), 412, "precondition-failed")
    present = (await staff.get(event.path)).headers["etag"]
    assert (await staff.post(f"{event.path}/{action}")).status_code in (200, 202)
    assert (await staff.get(event.path)).headers["etag"] == present, "a repeat changes nothing"


async def test_a_sale_changes_no_version_so_that_a_price_can_be_edited_meanwhile(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    path = f"/api/v1/events/{event['id']}/seats/{seats[0]['id']}"
    await system.book(event, seats[:1])
    assert (await system.client.get(path)).headers["etag"] == '"1"'
    assert (await system.client.patch(path, json={"price": 7}, headers={"if-match": '"1"'})).json()["price"] == 7
    assert (await system.client.get(f"/api/v1/events/{event['id']}")).headers["etag"] == '"1"'


@asynccontextmanager
async def lock_held(engine: AsyncEngine, edited: Edited) -> AsyncIterator[Callable[[int], Any]]:
    """Holds the row; yields a function that waits until so many others wait for a lock, and releases it at the end."""
    async with engine.connect() as holder, engine.connect() as watcher:
        await holder.execute(sa.text(f"SELECT FROM {edited.table} WHERE id = :id FOR UPDATE"), {"id": edited.key})

        async def waiting(number: int) -> None:
            query = sa.text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            async with asyncio.timeout(20):
                while (await watcher.execute(query)).scalar_one() < number:
                    await watcher.rollback()
                    await asyncio.sleep(0.01)

        yield waiting


async def save_both(
    staff: httpx.AsyncClient, engine: AsyncEngine, edited: Edited, *, first: int
) -> list[httpx.Response]:
    """Two members of staff save, each from a page with the same version, while both wait for the row's lock."""
    async with lock_held(engine, edited) as waiting:
        saves = []
        for number, which in enumerate((first, 1 - first), start=1):
            saves.append(asyncio.create_task(change(staff, edited, which, edited.tag)))
            await waiting(number)
    return list(await asyncio.gather(*saves))


@pytest.mark.parametrize("first", [0, 1])
async def test_of_two_forms_of_one_version_exactly_one_is_saved(
    staff: httpx.AsyncClient, engine: AsyncEngine, edited: Edited, first: int
) -> None:
    answers = await save_both(staff, engine, edited, first=first)
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    won = next(answer for answer in answers if answer.status_code == 200)
    lost = next(answer for answer in answers if answer.status_code == 412)
    assert lost.json()["etag"] == won.headers["etag"] == '"2"'
    kept = (await staff.get(edited.path)).json()
    assert {**kept, "seats": 0} == {**won.json(), "seats": 0}


def without_comparison(patch: pytest.MonkeyPatch, kind: str) -> None:
    patch.setattr(MODULES[kind], "require_version", lambda expected, version: None)


def without_lock(patch: pytest.MonkeyPatch, kind: str) -> None:
    """The version is read, compared and changed without the row's lock."""
    find_seat = seat_plan.find_seat
    if kind == "event":
        patch.setattr(events, "lock_event", lambda connection, key, **_: events.find_event(connection, key))
    elif kind == "organizer":
        patch.setattr(
            organizers, "lock_organizer", lambda connection, key, **_: organizers.find_organizer(connection, key)
        )
    else:
        patch.setattr(seat_plan, "find_seat", lambda connection, event, seat, **_: find_seat(connection, event, seat))


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("switch_off", [without_comparison, without_lock])
async def test_without_either_guard_both_are_saved(
    staff: httpx.AsyncClient,
    engine: AsyncEngine,
    edited: Edited,
    first: int,
    switch_off: Callable[[pytest.MonkeyPatch, str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    switch_off(monkeypatch, edited.kind)
    answers = await save_both(staff, engine, edited, first=first)
    assert [answer.status_code for answer in answers] == [200, 200]


async def test_a_deletion_from_an_old_page_deletes_nothing(
    staff: httpx.AsyncClient, engine: AsyncEngine, edited: Edited
) -> None:
    async with lock_held(engine, edited) as waiting:
        saved = asyncio.create_task(change(staff, edited, 0, edited.tag))
        await waiting(1)
        deleted = asyncio.create_task(staff.delete(edited.path, headers={"if-match": edited.tag}))
        await waiting(2)
    assert sorted([(await saved).status_code, (await deleted).status_code]) in ([200, 412], [204, 404])
