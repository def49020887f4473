"""An object store that accepts connections and never answers stops documents, and nothing else."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from support.lanes import run_once
from support.ticket_system import TicketSystem
from support.webhook_receiver import WebhookReceiver, receive_webhooks
from ticketing.integrations import object_store
from ticketing.services import Services, _open_object_store
from ticketing.usecases import step_outcome
from ticketing.usecases.booking import issue_documents
from ticketing.usecases.worker.lanes import DEADLINES, DOCUMENTS
from ticketing.worker import run_worker

from devstack.waiting import wait_until

LONGER_THAN_A_TEST = 600


@dataclass
class Proxy:
    """Stands before the store; while `may_answer` is clear, it accepts connections and says nothing."""

    url: str = ""
    connections: int = 0
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        real = urlsplit(os.environ["TEST_S3_ENDPOINT"])
        try:
            await self.may_answer.wait()
            behind = await asyncio.open_connection(real.hostname, real.port)
            await asyncio.gather(_copy(reader, behind[1]), _copy(behind[0], writer))
        except ConnectionError:
            return


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    proxy = Proxy()
    async with await asyncio.start_server(proxy.serve, "127.0.0.1", 0) as server:
        proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield proxy
        proxy.may_answer.set()


@asynccontextmanager
async def working(system: TicketSystem, proxy: Proxy, receiver: WebhookReceiver) -> AsyncIterator[None]:
    """Runs a worker whose store is behind the proxy."""
    settings = system.settings.model_copy(update={"s3_endpoint": proxy.url, "client_webhook_url": receiver.url})
    services: Services = replace(system.services, settings=settings, object_store=_open_object_store(settings))
    stop = asyncio.Event()
    worker = asyncio.create_task(run_worker(services, stop))
    try:
        yield
    finally:
        stop.set()
        await worker
        services.object_store.close()


async def test_while_the_store_hangs_everybody_is_told_of_payments_and_expiries_and_documents_follow_its_return(
    system: TicketSystem, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_store, "READ_SECONDS", 1)
    monkeypatch.setattr(object_store, "RETRIES", 0)
    monkeypatch.setattr(step_outcome, "LONGEST_WAIT_FOR_THE_STORE", timedelta(seconds=1))
    event, seats = await system.create_event(seats_per_row=object_store.THREADS + 3)
    bookings = [await system.book(event, [seat]) for seat in seats]
    *paid, bystander, late = bookings
    secret = system.settings.client_webhook_secret.get_secret_value()
    async with receive_webhooks(secret) as receiver, working(system, proxy, receiver):

        def is_told(booking_id: str, status: str, *, with_document: bool = False) -> bool:
            told = (each.body["data"] for each in receiver.received)
            return any(
                data["id"] == booking_id
                and data["status"] == status
                and (data["document"] is not None) is with_document
                for data in told
            )

        for booking in paid:
            await system.pay(booking["id"])
        await wait_until(lambda: proxy.connections >= object_store.THREADS)
        await wait_until(lambda: all(is_told(booking["id"], "BOOKED") for booking in paid))
        await system.pay(bystander["id"])
        await system.pass_payment_deadline(late["id"])
        await wait_until(lambda: is_told(bystander["id"], "BOOKED"))
        await wait_until(lambda: is_told(late["id"], "EXPIRED"))

        async def is_open() -> bool:
            return bool((await system.seat(seats[-1]["id"]))["status"] == "OPEN")

        await wait_until(is_open)
        await system.book(event, seats[-1:])
        assert not any(each.body["data"]["document"] for each in receiver.received)
        proxy.may_answer.set()
        for booking in [*paid, bystander]:
            await wait_until(lambda id_=booking["id"]: is_told(id_, "BOOKED", with_document=True))  # type: ignore[misc]


async def test_documents_that_hang_take_no_place_of_a_payment_deadline(
    system: TicketSystem, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if there are more of them than both lanes have places, and none of them is given up meanwhile."""
    for module, name in ((object_store, "READ_SECONDS"), (issue_documents, "UPLOAD_SECONDS")):
        monkeypatch.setattr(module, name, LONGER_THAN_A_TEST)
    monkeypatch.setattr(object_store.ObjectStore._run, "__defaults__", (LONGER_THAN_A_TEST,))
    places = DOCUMENTS.at_once + DEADLINES.at_once
    event, seats = await system.create_event(seats_per_row=places + 2)
    *paid, late = [await system.book(event, [seat]) for seat in seats]
    for booking in paid:
        await system.pay(booking["id"])
    secret = system.settings.client_webhook_secret.get_secret_value()
    async with receive_webhooks(secret) as receiver, working(system, proxy, receiver):
        await wait_until(lambda: proxy.connections >= object_store.THREADS)
        await system.pass_payment_deadline(late["id"])

        async def is_expired() -> bool:
            return bool((await system.booking(late["id"]))["status"] == "EXPIRED")

        try:
            await wait_until(is_expired, seconds=5)
        finally:
            proxy.may_answer.set()


async def test_a_document_is_tried_again_within_half_a_minute_however_long_the_store_has_been_away(
    system: TicketSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    event, (seat, *_) = await system.create_event()
    booking = await system.book(event, [seat])
    await system.pay(booking["id"])

    async def away(*_: object, **__: object) -> None:
        raise object_store.ObjectStoreUnavailable("away")

    monkeypatch.setattr(object_store.ObjectStore, "put", away)
    async with system.services.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE bookings SET updated_at = now() - interval '1 day'")
    await run_once(system.services, DOCUMENTS)
    async with system.services.engine.connect() as connection:
        wait = "SELECT extract(epoch FROM next_step_at - now()) FROM bookings"
        seconds = float((await connection.exec_driver_sql(wait)).scalar_one())
    assert 20 < seconds <= 30
    assert seconds + object_store.CALL_SECONDS <= 60
