"""Deliveries of webhooks to the client service: at least once, on schedule, and visible to staff."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import jsonschema
import pytest
import sqlalchemy as sa
from servicekit.db.outbox import Attempted, ClaimedDelivery
from servicekit.delivery import RETRY_DELAYS, AttemptOutcome, judge
from servicekit.tracing import new_trace, tracing
from sqlalchemy.ext.asyncio import AsyncEngine
from support.catalog import make_event
from support.deliveries import add_delivery
from support.lanes import attempt_delivery, run_once
from support.webhook_receiver import WebhookReceiver, receive_webhooks
from ticketing.db.tables import bookings, webhook_attempts, webhook_deliveries
from ticketing.db.webhooks.deliveries import OUTBOX, Change
from ticketing.services import Services
from ticketing.settings import Settings
from ticketing.usecases.worker.lanes import DELIVERIES

LIST = "/api/v1/webhook-deliveries"
CONTRACT = Path(__file__).parents[3] / "contracts" / "webhooks"


@pytest.fixture
async def receiver(settings: Settings) -> AsyncIterator[WebhookReceiver]:
    async with receive_webhooks(settings.client_webhook_secret.get_secret_value()) as receiver:
        yield receiver


@pytest.fixture
def sender(services: Services, receiver: WebhookReceiver) -> Services:
    return dataclasses.replace(
        services, settings=services.settings.model_copy(update={"client_webhook_url": receiver.url})
    )


async def add(engine: AsyncEngine, data: dict[str, Any] | None = None, subject_id: UUID | None = None) -> UUID:
    async with engine.begin() as connection:
        return await add_delivery(
            connection,
            type="booking.updated",
            subject_id=subject_id or uuid4(),
            subject_version=3,
            data={"version": 3, "document": None} if data is None else data,
        )


async def make_due(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(sa.update(webhook_deliveries).values(next_attempt_at=sa.func.now()))


async def shown(client: httpx.AsyncClient, delivery_id: UUID) -> Any:
    items = (await client.get(LIST)).json()["items"]
    return next(item for item in items if item["id"] == str(delivery_id))


async def seconds_to_next_attempt(engine: AsyncEngine) -> float:
    """Returns the time from the newest attempt to the next one."""
    async with engine.connect() as connection:
        query = "SELECT extract(epoch FROM max(next_attempt_at) - max(at)) FROM webhook_deliveries, webhook_attempts"
        return float((await connection.execute(sa.text(query))).scalar_one())


async def test_a_delivery_is_signed_sent_once_and_recorded(
    sender: Services, receiver: WebhookReceiver, app_client: httpx.AsyncClient
) -> None:
    trace = new_trace("the-request")
    with tracing(trace):
        delivery_id = await add(sender.engine)
        await attempt_delivery(sender, delivery_id)
        await attempt_delivery(sender, delivery_id)
    (received,) = receiver.received
    assert received.webhook_id == str(delivery_id)
    assert received.body["type"] == "booking.updated"
    assert received.body["data"] == {"version": 3, "document": None}
    assert received.headers["x-request-id"] == "the-request"
    assert received.headers["traceparent"].startswith(f"00-{trace.trace_id}-")
    assert received.headers["traceparent"] != trace.traceparent, "the webhook is a span of its own"
    delivery = await shown(app_client, delivery_id)
    assert (delivery["state"], delivery["next_attempt_at"], delivery["request_id"]) == (
        "DELIVERED",
        None,
        "the-request",
    )
    assert [(attempt["number"], attempt["status_code"]) for attempt in delivery["attempts"]] == [(1, 204)]
    async with sender.engine.connect() as connection:
        rows = (await connection.execute(sa.select(webhook_attempts))).all()
    assert not rows, "a first attempt that succeeds is in the row of its delivery"


async def test_a_rolled_back_change_leaves_no_delivery(sender: Services, receiver: WebhookReceiver) -> None:
    async with sender.engine.connect() as connection:
        delivery_id = await add_delivery(
            connection, type="waitlist.updated", subject_id=uuid4(), subject_version=1, data={}
        )
        await connection.rollback()
    await attempt_delivery(sender, delivery_id)
    assert receiver.received == []
    async with sender.engine.connect() as connection:
        assert (await connection.execute(sa.select(webhook_deliveries))).all() == []


async def test_failures_are_tried_again_on_schedule_and_then_given_up(
    sender: Services, receiver: WebhookReceiver, app_client: httpx.AsyncClient
) -> None:
    receiver.statuses = [500, 404, 302, 401, 503, 400, 429, 500, 500]
    delivery_id = await add(sender.engine)
    for delay in RETRY_DELAYS:
        await attempt_delivery(sender, delivery_id)
        assert delay.total_seconds() <= await seconds_to_next_attempt(sender.engine) <= delay.total_seconds() * 1.2
        await attempt_delivery(sender, delivery_id)
        await make_due(sender.engine)
    assert (await shown(app_client, delivery_id))["state"] == "PENDING"
    await attempt_delivery(sender, delivery_id)
    delivery = await shown(app_client, delivery_id)
    assert delivery["state"] == "DEAD"
    assert [attempt["number"] for attempt in delivery["attempts"]] == list(range(1, 10))
    assert [attempt["status_code"] for attempt in delivery["attempts"]][:3] == [500, 404, 302]
    assert delivery["attempts"][0]["error"] == "not now"
    assert {one.webhook_id for one in receiver.received} == {str(delivery_id)}


async def test_a_delivery_that_is_answered_with_410_is_given_up(
    sender: Services, receiver: WebhookReceiver, app_client: httpx.AsyncClient
) -> None:
    receiver.statuses = [410]
    delivery_id = await add(sender.engine)
    await attempt_delivery(sender, delivery_id)
    assert (await shown(app_client, delivery_id))["state"] == "DEAD"


async def test_no_answer_at_all_is_a_failed_attempt(services: Services, app_client: httpx.AsyncClient) -> None:
    delivery_id = await add(services.engine)
    await attempt_delivery(services, delivery_id)
    delivery = await shown(app_client, delivery_id)
    assert delivery["state"] == "PENDING"
    assert delivery["attempts"][0]["status_code"] is None
    assert "Connect" in delivery["attempts"][0]["error"]


async def test_two_workers_never_make_the_same_attempt(sender: Services, receiver: WebhookReceiver) -> None:
    delivery_id = await add(sender.engine)
    await asyncio.gather(*(attempt_delivery(sender, delivery_id) for _ in range(8)))
    assert len(receiver.received) == 1


async def test_an_attempt_whose_worker_died_is_made_again_after_its_lease(
    sender: Services, receiver: WebhookReceiver, app_client: httpx.AsyncClient
) -> None:
    delivery_id = await add(sender.engine)
    await claim(sender.engine, delivery_id)
    await attempt_delivery(sender, delivery_id)
    assert receiver.received == []
    await make_due(sender.engine)
    await attempt_delivery(sender, delivery_id)
    assert [attempt["number"] for attempt in (await shown(app_client, delivery_id))["attempts"]] == [2]


async def claim(engine: AsyncEngine, delivery_id: UUID) -> ClaimedDelivery[Change]:
    async with engine.begin() as connection:
        is_it = webhook_deliveries.c.id == delivery_id
        (claimed,) = await OUTBOX.claim_due(connection, is_it, lease=timedelta(seconds=45), limit=1)
    return claimed


async def record(engine: AsyncEngine, claimed: ClaimedDelivery[Change], status_code: int) -> None:
    outcome = AttemptOutcome(status_code, 5, None)
    async with engine.begin() as connection:
        verdict = judge(outcome, attempt=claimed.attempt, chance=0)
        await OUTBOX.record(connection, [Attempted(claimed, outcome, verdict)])


@pytest.mark.parametrize("statuses", [(500, 204), (204, 500)])
async def test_a_delivery_is_delivered_if_either_of_two_overlapping_attempts_succeeds(
    app_client: httpx.AsyncClient, engine: AsyncEngine, statuses: tuple[int, int]
) -> None:
    delivery_id = await add(engine)
    late = await claim(engine, delivery_id)
    # The lease of the first attempt ends before its answer, and another worker claims the delivery.
    await make_due(engine)
    newer = await claim(engine, delivery_id)
    await record(engine, newer, statuses[1])
    await record(engine, late, statuses[0])
    delivery = await shown(app_client, delivery_id)
    assert delivery["state"] == "DELIVERED"
    assert [attempt["status_code"] for attempt in delivery["attempts"]] == list(statuses)


async def test_the_lane_makes_each_due_attempt_once_and_no_other(sender: Services, receiver: WebhookReceiver) -> None:
    due, later = await add(sender.engine), await add(sender.engine)
    async with sender.engine.begin() as connection:
        in_a_minute = sa.update(webhook_deliveries).where(webhook_deliveries.c.id == later)
        await connection.execute(in_a_minute.values(next_attempt_at=sa.func.now() + timedelta(minutes=1)))
    for _ in range(2):
        await run_once(sender, DELIVERIES, DELIVERIES)
    assert [received.webhook_id for received in receiver.received] == [str(due)]


async def booked_with_document(client: httpx.AsyncClient, engine: AsyncEngine, sha256: str) -> UUID:
    booking_id = uuid4()
    event = await make_event(client, organizer=f"organizer-{booking_id}")
    async with engine.begin() as connection:
        await connection.execute(
            sa.insert(bookings).values(
                id=booking_id,
                event_id=event["id"],
                customer_id=uuid4(),
                customer_name="Ayu",
                customer_email="ayu@example.com",
                origin="DIRECT",
                status="BOOKED",
                amount=1,
                currency="IDR",
                document_kind="CONFIRMATION",
                document_key=f"bookings/{booking_id}/confirmation.pdf",
                document_sha256=sha256,
            )
        )
    return booking_id


@pytest.mark.parametrize("newest", [True, False])
async def test_a_documents_link_is_created_when_the_webhook_is_sent(
    sender: Services, receiver: WebhookReceiver, app_client: httpx.AsyncClient, newest: bool
) -> None:
    (example,) = [
        body
        for path in sorted((CONTRACT / "examples").glob("booking.updated*.json"))
        if (body := json.loads(path.read_text()))["data"]["status"] == "BOOKED"
    ]
    sha256 = example["data"]["document"]["sha256"]
    booking_id = await booked_with_document(app_client, sender.engine, sha256 if newest else "of a newer document")
    published = {**example["data"]["document"], "url": None, "url_expires_at": None}
    await attempt_delivery(sender, await add(sender.engine, {**example["data"], "document": published}, booking_id))
    (received,) = receiver.received
    document = received.body["data"]["document"]
    if newest:
        assert f"bookings/{booking_id}/confirmation.pdf?" in document["url"]
        schema = json.loads((CONTRACT / "booking.updated.schema.json").read_text())
        jsonschema.validate(received.body, schema)
    else:
        assert document["url"] is None


async def test_what_is_due_together_is_one_request_with_the_links_of_all_documents(
    sender: Services, receiver: WebhookReceiver, app_client: httpx.AsyncClient
) -> None:
    document = {"kind": "CONFIRMATION", "sha256": "of the document", "url": None, "url_expires_at": None}
    booked = [await booked_with_document(app_client, sender.engine, "of the document") for _ in range(2)]
    for booking_id in booked:
        await add(sender.engine, {"version": 3, "document": document}, booking_id)
    other = await add(sender.engine)
    await run_once(sender, DELIVERIES)
    assert receiver.requests == 1
    links = [each.body["data"]["document"] for each in receiver.received]
    for booking_id, link in zip(booked, links, strict=False):
        assert f"bookings/{booking_id}/confirmation.pdf?" in link["url"]
    assert links[2] is None
    assert (await shown(app_client, other))["state"] == "DELIVERED"


async def test_an_event_that_cannot_be_prepared_does_not_hold_up_the_others(
    sender: Services, receiver: WebhookReceiver, app_client: httpx.AsyncClient
) -> None:
    booking_id = await booked_with_document(app_client, sender.engine, "of the document")
    broken = await add(sender.engine, {"document": {"no": "hash"}}, booking_id)
    others = [await add(sender.engine) for _ in range(2)]
    await run_once(sender, DELIVERIES)
    assert sorted(each.webhook_id for each in receiver.received) == sorted(map(str, others))
    failed = await shown(app_client, broken)
    assert (failed["state"], failed["attempts"][0]["error"][:8]) == ("PENDING", "not sent")


async def test_what_has_failed_once_is_sent_alone(sender: Services, receiver: WebhookReceiver) -> None:
    receiver.statuses = [500, 500, 200, 200]
    for _ in range(2):
        await add(sender.engine)
    await run_once(sender, DELIVERIES)
    await make_due(sender.engine)
    await run_once(sender, DELIVERIES)
    assert (receiver.requests, len(receiver.received)) == (3, 4)


async def test_two_versions_of_one_booking_arrive_in_their_order(sender: Services, receiver: WebhookReceiver) -> None:
    subject = uuid4()
    for version in (4, 5):
        await add(sender.engine, {"version": version, "document": None}, subject)
    await run_once(sender, DELIVERIES)
    assert [each.body["data"]["version"] for each in receiver.received] == [4, 5]


async def test_a_dead_delivery_is_redelivered_on_request(
    sender: Services, receiver: WebhookReceiver, app_client: httpx.AsyncClient
) -> None:
    receiver.statuses = [410]
    delivery_id = await add(sender.engine)
    pending = await app_client.post(f"{LIST}/{delivery_id}/redeliver")
    assert (pending.status_code, pending.json()["type"]) == (409, "delivery-not-redeliverable")
    await attempt_delivery(sender, delivery_id)
    again = await app_client.post(f"{LIST}/{delivery_id}/redeliver")
    assert (again.status_code, again.json()["state"]) == (202, "PENDING")
    await attempt_delivery(sender, delivery_id)
    delivery = await shown(app_client, delivery_id)
    assert delivery["state"] == "DELIVERED"
    assert [attempt["status_code"] for attempt in delivery["attempts"]] == [410, 204]
    assert (await app_client.post(f"{LIST}/{delivery_id}/redeliver")).status_code == 202


async def test_a_redelivery_has_a_fresh_schedule(
    sender: Services, receiver: WebhookReceiver, app_client: httpx.AsyncClient
) -> None:
    receiver.statuses = [500] * (len(RETRY_DELAYS) + 2)
    delivery_id = await add(sender.engine)
    for _ in range(len(RETRY_DELAYS) + 1):
        await attempt_delivery(sender, delivery_id)
        await make_due(sender.engine)
    assert (await shown(app_client, delivery_id))["state"] == "DEAD"
    assert (await app_client.post(f"{LIST}/{delivery_id}/redeliver")).status_code == 202
    await attempt_delivery(sender, delivery_id)
    delivery = await shown(app_client, delivery_id)
    assert (delivery["state"], len(delivery["attempts"])) == ("PENDING", len(RETRY_DELAYS) + 2)
    async with sender.engine.connect() as connection:
        query = sa.select(webhook_deliveries.c.next_attempt_at - sa.func.max(webhook_attempts.c.at)).group_by(
            webhook_deliveries.c.id
        )
        pause = (await connection.execute(query.join(webhook_attempts))).scalar_one()
    assert RETRY_DELAYS[0] - timedelta(seconds=0.5) < pause <= RETRY_DELAYS[0] * 1.2


async def test_deliveries_are_listed_by_state_and_subject(app_client: httpx.AsyncClient, engine: AsyncEngine) -> None:
    subject = uuid4()
    mine = [await add(engine, subject_id=subject) for _ in range(3)]
    await add(engine)
    first = (await app_client.get(LIST, params={"subject_id": str(subject), "limit": 2})).json()
    rest = await app_client.get(LIST, params={"subject_id": str(subject), "cursor": first["next_cursor"]})
    assert [item["id"] for item in first["items"] + rest.json()["items"]] == [str(one) for one in reversed(mine)]
    assert len((await app_client.get(LIST, params={"state": "PENDING"})).json()["items"]) == 4
    assert (await app_client.get(LIST, params={"state": "DEAD"})).json()["items"] == []


@pytest.mark.parametrize("query", [{"state": "LOST"}, {"subject_id": "x"}, {"cursor": "x"}])
async def test_an_invalid_query_of_deliveries_is_refused(app_client: httpx.AsyncClient, query: dict[str, str]) -> None:
    assert (await app_client.get(LIST, params=query)).status_code == 422


async def test_redelivering_an_unknown_delivery_is_not_found(app_client: httpx.AsyncClient) -> None:
    assert (await app_client.post(f"{LIST}/{uuid4()}/redeliver")).json()["type"] == "not-found"
    assert (await app_client.post(f"{LIST}/x/redeliver")).status_code == 422
