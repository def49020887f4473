"""Events that are due together are sent in one request, and none of them changes what becomes of another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

import pytest
import sqlalchemy as sa
from payments.db.tables import webhook_deliveries
from payments.services import Services
from payments.usecases import deliver_webhook
from payments.usecases.deliver_webhook import deliver_together
from payments.usecases.lanes import DELIVERY_LANE
from payments.usecases.settle_payment import settle_payment
from servicekit.db.due_rows import Places
from servicekit.db.outbox import Attempted, Outbox
from sqlalchemy.ext.asyncio import AsyncConnection
from support.lanes import run_once
from support.payment_api import Document, PaymentApi
from support.webhook_receiver import WebhookReceiver

HOW_MANY = 4
POSITIONS = range(HOW_MANY)
Invoices = list[Document]
MakeDue = Callable[[], Awaitable[None]]


@pytest.fixture
async def paid(api: PaymentApi, services: Services) -> Invoices:
    """Returns invoices whose events are due."""
    invoices = [await api.create_invoice() for _ in POSITIONS]
    for invoice in invoices:
        assert await api.pay(invoice) == 202
        await settle_payment(services, invoice["number"])
    return invoices


@pytest.fixture
def make_due(services: Services) -> MakeDue:
    async def make() -> None:
        rows = webhook_deliveries.c
        async with services.engine.begin() as connection:
            pending = sa.update(webhook_deliveries).where(rows.state == "PENDING")
            await connection.execute(pending.values(next_attempt_at=sa.func.now()))

    return make


async def deliveries_of(api: PaymentApi, invoices: Invoices) -> list[Document]:
    """Returns the delivery of each invoice's event."""
    return [(await api.deliveries(invoice))[0] for invoice in invoices]


def states(deliveries: Sequence[Document]) -> list[str]:
    return [delivery["state"] for delivery in deliveries]


def statuses(deliveries: Sequence[Document]) -> list[list[int | None]]:
    return [[attempt["status_code"] for attempt in delivery["attempts"]] for delivery in deliveries]


async def test_what_is_due_together_is_one_request_and_each_is_recorded(
    api: PaymentApi, services: Services, receiver: WebhookReceiver, paid: Invoices
) -> None:
    await run_once(services, DELIVERY_LANE)
    found = await deliveries_of(api, paid)
    assert (receiver.requests, states(found)) == (1, ["DELIVERED"] * HOW_MANY)
    assert [each.webhook_id for each in receiver.received] == [delivery["id"] for delivery in found]
    assert [each.headers["x-request-id"] for each in receiver.received] == [one["request_id"] for one in found]
    assert statuses(found) == [[204]] * HOW_MANY


@pytest.mark.parametrize("status", [422, 503])
@pytest.mark.parametrize("position", POSITIONS)
async def test_an_item_that_fails_is_retried_alone_and_the_others_are_delivered(
    api: PaymentApi,
    services: Services,
    receiver: WebhookReceiver,
    paid: Invoices,
    make_due: MakeDue,
    position: int,
    status: int,
) -> None:
    receiver.statuses = [status if each == position else 200 for each in POSITIONS]
    await run_once(services, DELIVERY_LANE)
    found = await deliveries_of(api, paid)
    assert states(found) == ["PENDING" if each == position else "DELIVERED" for each in POSITIONS]
    later = await api.create_invoice()
    await api.pay(later)
    await settle_payment(services, later["number"])
    receiver.statuses = [status]
    await make_due()
    await run_once(services, DELIVERY_LANE)
    await make_due()
    await run_once(services, DELIVERY_LANE)
    # The batch, the failed one alone twice, and the new event alone although both were due together.
    assert receiver.requests == 4
    assert states(await deliveries_of(api, [*paid, later])) == ["DELIVERED"] * (HOW_MANY + 1)


@pytest.mark.parametrize("position", POSITIONS)
async def test_an_item_that_the_answer_does_not_name_is_sent_alone_at_once(
    api: PaymentApi, services: Services, receiver: WebhookReceiver, paid: Invoices, position: int
) -> None:
    missing = (await deliveries_of(api, paid))[position]["id"]
    receiver.unnamed.add(missing)
    await run_once(services, DELIVERY_LANE)
    found = await deliveries_of(api, paid)
    assert (states(found), statuses(found)) == (["DELIVERED"] * HOW_MANY, [[204]] * HOW_MANY)
    assert Counter(each.webhook_id for each in receiver.received)[missing] == 2
    assert receiver.requests == 2


@pytest.mark.parametrize("answer", [204, 422, 401, 413])
async def test_a_receiver_that_knows_no_batches_gets_each_event_alone_in_the_same_round(
    api: PaymentApi, services: Services, receiver: WebhookReceiver, paid: Invoices, answer: int
) -> None:
    receiver.knows_batches = False
    receiver.statuses = [answer]
    await run_once(services, DELIVERY_LANE)
    found = await deliveries_of(api, paid)
    assert (receiver.requests, statuses(found)) == (1 + HOW_MANY, [[204]] * HOW_MANY)
    assert receiver.types == ["batch", *["invoice.paid"] * HOW_MANY]


@pytest.mark.parametrize("answer", [429, 500, 503])
async def test_a_receiver_that_cannot_serve_fails_every_item_and_is_not_asked_for_each(
    api: PaymentApi,
    services: Services,
    receiver: WebhookReceiver,
    paid: Invoices,
    make_due: MakeDue,
    answer: int,
) -> None:
    receiver.knows_batches = False
    receiver.statuses = [answer]
    await run_once(services, DELIVERY_LANE)
    found = await deliveries_of(api, paid)
    assert (receiver.requests, statuses(found)) == (1, [[answer]] * HOW_MANY)
    await make_due()
    await run_once(services, DELIVERY_LANE)
    assert receiver.requests == 1 + HOW_MANY, "what has failed once is sent alone"
    assert states(await deliveries_of(api, paid)) == ["DELIVERED"] * HOW_MANY


async def test_a_cut_connection_is_the_outcome_of_every_item(
    api: PaymentApi, services: Services, receiver: WebhookReceiver, paid: Invoices, make_due: MakeDue
) -> None:
    receiver.cut_batches = 1
    await run_once(services, DELIVERY_LANE)
    found = await deliveries_of(api, paid)
    assert (states(found), statuses(found)) == (["PENDING"] * HOW_MANY, [[None]] * HOW_MANY)
    await make_due()
    await run_once(services, DELIVERY_LANE)
    again = await deliveries_of(api, paid)
    assert states(again) == ["DELIVERED"] * HOW_MANY
    assert Counter(each.webhook_id for each in receiver.received) == Counter({one["id"]: 2 for one in again})


@pytest.mark.parametrize("knows_batches", [True, False], ids=["an item", "the batch"])
async def test_410_disables_sending_and_gives_up_what_it_was_the_answer_to(
    api: PaymentApi, services: Services, receiver: WebhookReceiver, paid: Invoices, knows_batches: bool
) -> None:
    receiver.knows_batches = knows_batches
    receiver.statuses = [410]
    await run_once(services, DELIVERY_LANE)
    others = "DELIVERED" if knows_batches else "DEAD"
    assert states(await deliveries_of(api, paid)) == ["DEAD", *[others] * (HOW_MANY - 1)]
    _, config = await api.call("GET", "/api/v1/config/webhook")
    assert config["disabled_at"] is not None


@pytest.mark.parametrize("position", POSITIONS)
async def test_an_outcome_that_cannot_be_recorded_does_not_lose_the_others(
    api: PaymentApi,
    services: Services,
    receiver: WebhookReceiver,
    paid: Invoices,
    monkeypatch: pytest.MonkeyPatch,
    position: int,
) -> None:
    poison = (await deliveries_of(api, paid))[position]["id"]
    record = Outbox.record

    async def fail_with_poison(
        outbox: Outbox[object], connection: AsyncConnection, made: Sequence[Attempted[object]]
    ) -> None:
        await record(outbox, connection, made)
        if any(str(each.claimed.id) == poison for each in made):
            raise ValueError("cannot be recorded")

    monkeypatch.setattr(Outbox, "record", fail_with_poison)
    await run_once(services, DELIVERY_LANE)
    assert receiver.requests == 1
    found = await deliveries_of(api, paid)
    assert states(found) == ["PENDING" if each == position else "DELIVERED" for each in POSITIONS]
    async with services.engine.connect() as connection:
        query = "SELECT item FROM postponed_work WHERE kind = 'delivery'"
        assert list((await connection.exec_driver_sql(query)).scalars()) == [poison]


class KilledError(BaseException):
    """Ends the work as the end of the process would."""


async def test_a_sender_that_dies_before_it_records_a_batch_sends_each_again_under_its_id(
    api: PaymentApi,
    services: Services,
    receiver: WebhookReceiver,
    paid: Invoices,
    make_due: MakeDue,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def die(_: str) -> None:
        raise KilledError

    async with services.engine.begin() as connection:
        claimed = await DELIVERY_LANE.claim(services, connection, Places(40, 40, {}))
    with monkeypatch.context() as patch:
        patch.setattr(deliver_webhook, "crash_point", die)
        with pytest.raises(KilledError):
            await deliver_together(services, [work.item for work in claimed])
    await run_once(services, DELIVERY_LANE)
    assert receiver.requests == 1, "the lease keeps the others away"
    await make_due()
    await run_once(services, DELIVERY_LANE)
    found = await deliveries_of(api, paid)
    assert states(found) == ["DELIVERED"] * HOW_MANY
    assert Counter(each.webhook_id for each in receiver.received) == Counter({one["id"]: 2 for one in found})


async def test_a_redelivery_of_one_event_is_sent_alone_under_its_id(
    api: PaymentApi, services: Services, receiver: WebhookReceiver, paid: Invoices
) -> None:
    await run_once(services, DELIVERY_LANE)
    first = (await deliveries_of(api, paid))[0]
    status, _ = await api.call("POST", f"/api/v1/webhook-deliveries/{first['id']}/redeliver")
    assert status == 202
    await run_once(services, DELIVERY_LANE)
    assert (receiver.requests, receiver.received[-1].webhook_id) == (2, first["id"])
    assert receiver.received[-1].content, "it came in the single form"
    assert statuses(await deliveries_of(api, paid[:1])) == [[204, 204]]
