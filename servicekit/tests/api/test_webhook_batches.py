"""A sender packs events into batches within the limits, and takes the outcome of each item from the answer."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import jsonschema
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from servicekit.http import webhooks
from servicekit.http.calls import open_session
from servicekit.http.webhook_batches import MOST_BYTES, MOST_ITEMS, Event, send_events, split
from servicekit.http.webhooks import Receiver
from servicekit.signatures import verify
from servicekit.tracing import new_trace
from support.raw_server import raw_server

from devstack.waiting import wait_until

SECRET = "whsec_dGVzdHMtd2ViaG9vay1zZWNyZXQtMDEyMzQ1Njc4OQ=="
CONTRACT = Path(__file__).parents[3] / "contracts" / "webhooks"
BATCHES = json.loads((CONTRACT / "batches.json").read_text())
ANSWERS = BATCHES["answers"]
IDS = {name: UUID(int=number) for number, name in enumerate("abcd", start=1)}


def event(id_: UUID | None = None, filler: str = "") -> Event:
    body = {"type": "invoice.paid", "timestamp": "2026-11-23T10:03:12Z", "data": {"filler": filler}}
    return Event(id_ or uuid4(), json.dumps(body, ensure_ascii=False), new_trace("the-request"))


@dataclass
class Answering:
    """A receiver that answers every request in the same way, and keeps the requests."""

    status: int
    body: str
    url: str = ""
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append((headers, await request.read()))
        return web.Response(status=self.status, text=self.body, content_type="application/json")


@asynccontextmanager
async def answering(status: int, body: str) -> AsyncIterator[Answering]:
    receiver = Answering(status, body)
    app = web.Application()
    app.router.add_post("/", receiver.answer)
    async with TestServer(app) as server:
        receiver.url = str(server.make_url("/"))
        yield receiver


async def outcomes_at(url: str, *events: Event) -> dict[UUID, int | None]:
    async with open_session(allow_private=True) as session:
        outcomes = await send_events(session, Receiver(url, SECRET), events)
    return {id_: outcome.status_code for id_, outcome in outcomes.items()}


@pytest.mark.parametrize("vector", ANSWERS, ids=lambda vector: vector["name"])
async def test_each_item_has_the_outcome_that_the_contract_gives_it(vector: dict[str, Any]) -> None:
    body = vector["body"]
    for name, id_ in IDS.items():
        body = body.replace(f'"id":"{name}"', f'"id":"{id_}"')
    async with answering(vector["status"], body) as receiver:
        outcomes = await outcomes_at(receiver.url, *(event(IDS[name]) for name in "abc"))
    assert {name: outcomes.get(IDS[name], "alone") for name in "abc"} == vector["expected"], vector["reason"]
    assert len(receiver.requests) == 1


async def test_a_batch_is_signed_and_keeps_to_its_schema() -> None:
    async with answering(204, "") as receiver:
        sent = [event(), event()]
        await outcomes_at(receiver.url, *sent)
    ((headers, content),) = receiver.requests
    assert verify(body=content, headers=headers, secrets=[SECRET]) not in {str(each.id) for each in sent}
    batch = json.loads(content)
    jsonschema.validate(batch, json.loads((CONTRACT / "batch.schema.json").read_text()))
    for item, each in zip(batch["data"]["items"], sent, strict=True):
        ids = {"id": str(each.id), "request_id": each.trace.request_id, "traceparent": each.trace.traceparent}
        assert item == ids | json.loads(each.body)


async def test_one_event_is_sent_in_the_single_form_with_its_own_ids() -> None:
    alone = event()
    async with answering(204, "") as receiver:
        assert await outcomes_at(receiver.url, alone) == {alone.id: 204}
    ((headers, content),) = receiver.requests
    assert (headers["webhook-id"], content.decode()) == (str(alone.id), alone.body)
    assert headers["x-request-id"] == "the-request"


def sizes(batches: list[list[Event]]) -> list[int]:
    return [len(batch) for batch in batches]


def test_the_limits_are_those_of_the_contract() -> None:
    assert (BATCHES["most_items"], BATCHES["most_bytes"]) == (MOST_ITEMS, MOST_BYTES)


def test_no_batch_has_more_items_than_the_limit_and_the_order_stays() -> None:
    events = [event() for _ in range(2 * MOST_ITEMS + 1)]
    batches = split(events)
    assert sizes(batches) == [MOST_ITEMS, MOST_ITEMS, 1]
    assert [each for batch in batches for each in batch] == events


@pytest.mark.parametrize("filler", ["x", "é"], ids=["one byte", "two bytes"])
async def test_no_batch_has_more_bytes_than_the_limit(filler: str) -> None:
    events = [event(filler=filler * 9_000) for _ in range(12)]
    async with answering(204, "") as receiver:
        await outcomes_at(receiver.url, *events)
    lengths = [len(content) for _, content in receiver.requests]
    assert max(lengths) <= MOST_BYTES
    assert len(lengths) < len(events)


async def test_an_event_that_is_larger_than_a_batch_is_sent_alone_and_the_others_together() -> None:
    small = [event(), event()]
    large = event(filler="x" * MOST_BYTES)
    assert sizes(split([small[0], large, small[1]])) == [1, 1, 1]
    assert sizes(split([large, *small])) == [1, 2]


async def test_a_cut_connection_is_the_outcome_of_every_item() -> None:
    async with raw_server() as server:
        sent = [event(), event()]
        assert await outcomes_at(server.url, *sent) == {each.id: None for each in sent}


async def test_a_connection_that_is_cut_within_the_answer_is_the_outcome_of_every_item() -> None:
    async with raw_server(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{") as server:
        sent = [event(), event()]
        assert await outcomes_at(server.url, *sent) == {each.id: None for each in sent}


async def test_a_timeout_is_the_outcome_of_every_item(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "TIMEOUT_SECONDS", 0.05)
    async with raw_server(ends=False) as server:
        sent = [event(), event()]
        assert await outcomes_at(server.url, *sent) == {each.id: None for each in sent}
        await wait_until(lambda: len(server.requests) == 1)


async def test_an_endless_answer_is_not_read_to_its_end_and_answers_nothing() -> None:
    async with raw_server(b"HTTP/1.1 200 OK\r\n\r\n", *[b"x" * 2**20] * 64) as server:
        assert await outcomes_at(server.url, event(), event()) == {}
        assert server.sent < 32 * 2**20
