"""One event with few seats, played through: everything that buyers, staff, payment, time and workers can do to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import sqlalchemy as sa
from servicekit.db.engine import create_engine
from sqlalchemy.ext.asyncio import AsyncEngine
from ticketing.db.tables import bookings
from ticketing.documents.content import Document
from ticketing.integrations.gateways import Gateways
from ticketing.integrations.open_gateways import open_gateways
from ticketing.settings import Settings

from devstack.deadlines import stretched
from support.applications import started_ticket_app
from support.doings import Doings
from support.engines import empty
from support.payment import FakePayment
from support.picture import Picture, take_picture
from support.promises import broken_at_rest, broken_now, broken_since
from support.script import Script, stop_at_statements
from support.server import serve
from support.stage import ORGANIZER_SECONDS, Stage, customer, organizer_on
from support.wire import Wire, WiredOrganizers, WiredPayments
from support.work import advance_booking

SEATS = 3
BUYERS = 5
ROUNDS = 40
"""In which everything must have come to rest."""
REFUSALS = (200, 201, 404, 409, 502, 503)
Do = Callable[[], Awaitable[None]]


@dataclass
class News:
    """A webhook that payment sends until it is answered, and may send again after that."""

    id: str
    type: str
    invoice: dict[str, Any]
    arrived: bool = False
    effects: list[str] = field(default_factory=list)
    """What each delivery was answered, in the order in which the answers came."""


@dataclass
class Theatre:
    """`play` puts on the next event; the methods of a doing take the script of what happens to it on its way."""

    stage: Stage
    wire: Wire
    observer: AsyncEngine
    doings: Doings = field(init=False)
    news: list[News] = field(default_factory=list)
    picture: Picture = field(init=False)
    event: Any = None
    seats: list[Any] = field(default_factory=list)
    buyers: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.doings = Doings(self.observer)

    async def play(self) -> None:
        """An empty house, and an event on sale."""
        self.event, self.seats = await self.stage.event(seats_per_row=SEATS)
        self.buyers = [customer() for _ in range(BUYERS)]
        self.news, self.stage.payment.invoices = [], {}
        self.wire.late, self.wire.witnessed = [], []
        self.picture = await self.look()

    async def leave(self) -> None:
        """Whatever is still under way dies, and the house is swept."""
        for doing in list(self.doings.unfinished):
            doing.task.cancel()
        await asyncio.gather(*(doing.task for doing in self.doings.unfinished), return_exceptions=True)
        self.doings.unfinished.clear()
        await empty(self.observer)

    async def look(self) -> Picture:
        """What is stored everywhere now."""
        answer = await self.stage.organizer.get(f"{self.event['base_url']}/holds?status=HELD&limit=200")
        held = {hold["hold_id"] for hold in answer.raise_for_status().json()["items"]}
        return await take_picture(self.observer, held, self.stage.payment.invoices)

    async def check(self) -> None:
        """Every rule that always holds."""
        before, self.picture = self.picture, await self.look()
        broken = [*broken_now(self.picture), *broken_since(before, self.picture)]
        # Here nothing may fail.
        broken += [f"failed: {row['loop']} {row['item']} {row['error']}" for row in self.picture.failures]
        broken += [f"1: the organizer knows another holder: {booking_id}" for booking_id in self.wire.witnessed]
        assert not broken, "\n".join(broken)

    # What buyers and staff do.

    async def book(self, buyer: int, seats: list[int], script: Script) -> None:
        wanted = [self.seats[number] for number in seats]
        body = self.stage.order(self.event, wanted, customer=self.buyers[buyer])
        await self._request("book", script, "POST", "/api/v1/bookings", json=body)

    async def cancel(self, booking_id: str, reason: str, script: Script) -> None:
        path = f"/api/v1/bookings/{booking_id}/cancel"
        await self._request("cancel", script, "POST", path, json={"reason": reason})

    async def join(self, buyer: int, seat: int, script: Script) -> None:
        body = {"seat_id": self.seats[seat]["id"], "customer": self.buyers[buyer]}
        await self._request("join", script, "POST", "/api/v1/waitlist", json=body)

    async def leave_line(self, entry_id: str, script: Script) -> None:
        await self._request("leave", script, "DELETE", f"/api/v1/waitlist/{entry_id}")

    async def end_sale(self, how: str, script: Script) -> None:
        await self._request(how, script, "POST", f"/api/v1/events/{self.event['id']}/{how}")

    async def move_sale(self, opens: timedelta, closes: timedelta, script: Script) -> None:
        """Staff has the sale begin and end so long from now."""
        now = datetime.now(UTC)
        times = {"sales_open_at": (now + opens).isoformat(), "sales_close_at": (now + closes).isoformat()}
        await self._request("move the sale", script, "PATCH", f"/api/v1/events/{self.event['id']}", json=times)

    async def _request(self, name: str, script: Script, method: str, path: str, **content: Any) -> None:
        async def do() -> None:
            answer = await self.stage.client.request(method, path, **content)
            assert answer.status_code in (*REFUSALS, 202), f"{name}: {answer.status_code} {answer.text}"

        await self.doings.begin(name, do, script)

    # What payment does.

    def decide(self, booking_id: str, outcome: str) -> None:
        """An attempt begins, or ends, or the money goes back; what ends is told by a webhook."""
        invoice = dict(self.stage.payment.decide(booking_id, outcome))
        if outcome != "PROCESSING":
            self.news.append(News(f"msg_{uuid4().hex}", f"invoice.{outcome.lower()}", invoice))

    async def deliver(self, news: News, script: Script) -> None:
        async def do() -> None:
            answer = await self.stage.webhook(news.type, news.invoice, webhook_id=news.id)
            assert answer.status_code in (200, 503), answer.text
            if answer.status_code == 200:
                news.arrived = True
                news.effects.append(answer.json()["effect"])
            # Of two under way at once the duplicate may be answered first.
            assert sum(effect != "duplicate" for effect in news.effects) <= 1, f"{news.id}: {news.effects}"

        await self.doings.begin("webhook", do, script)

    # What time and the workers do.

    async def expire(self, booking_id: str) -> None:
        """The time to pay is over."""
        await self.doings.begin("time", lambda: self.stage.overdue(booking_id), Script())

    async def work(self, booking_id: str, script: Script) -> None:
        """A worker takes up the booking, perhaps while another, given up for dead, is still at it."""

        async def do() -> None:
            await advance_booking(self.stage.services, UUID(booking_id))

        await self.doings.begin("time", lambda: self.stage.hurry(booking_id), Script())
        await self.doings.begin("work", do, script)

    async def work_at_all(self) -> None:
        """Workers do what is due now."""
        query = sa.select(bookings.c.id).where(bookings.c.next_step_at <= sa.func.now()).order_by(bookings.c.created_at)
        async with self.observer.connect() as connection:
            due = list((await connection.execute(query)).scalars())
        for booking_id in due:
            await self.doings.begin("work", lambda id_=booking_id: advance_booking(self.stage.services, id_), Script())  # type: ignore[misc]

    async def sweep_queues(self, script: Script) -> None:
        await self.doings.begin("sweep queues", self.stage.sweep_queues, script)

    # The end of the play.

    async def come_to_rest(self) -> None:
        """Everything that is under way arrives, everything that is due is done; then nothing may be left over."""
        await self.doings.finish()
        while self.wire.late:
            await self.wire.bring_late(0)
        broken: list[str] = []
        for _ in range(ROUNDS):
            await self._one_round()
            await self.check()
            broken = list(broken_at_rest(self.picture))
            if not broken and all(news.arrived for news in self.news):
                return
        raise AssertionError("\n".join(broken) or "webhooks that never arrive")

    async def _one_round(self) -> None:
        for reference, invoice in self.stage.payment.invoices.items():
            if invoice["status"] == "PROCESSING":
                self.decide(reference, "PAID")
            if invoice["status"] == "PAID" and invoice["refund_requested_at"]:
                self.decide(reference, "REFUNDED")
        for news in self.news:
            if not news.arrived:
                await self.deliver(news, Script())
        await self.stage.hurry()
        await self.stage.settle()

    async def let_all_offers_lapse(self) -> None:
        """Nobody pays any more: offer after offer lapses, until every queue is empty."""
        for _ in range(ROUNDS):
            unpaid = [row["id"] for row in self.picture.bookings.values() if row["status"] == "AWAITING_PAYMENT"]
            if not unpaid:
                return
            for booking_id in unpaid:
                await self.expire(booking_id)
            await self.come_to_rest()
        raise AssertionError("a queue that never ends")


@asynccontextmanager
async def theatre_on(
    settings: Settings, folder: Path, service_key: str, observer: AsyncEngine
) -> AsyncIterator[Theatre]:
    """The ticket service, stopped and disturbed at will, between an organizer and a payment service."""
    payment = FakePayment()
    async with (
        organizer_on(folder, settings.organizer_api_key.get_secret_value()) as organizer,
        serve(payment.app) as payment_url,
        httpx.AsyncClient(verify=False) as http,
    ):

        async def decline_next() -> None:
            (await organizer.put("/simulation", json={"next_outcomes": ["fail"]})).raise_for_status()

        patience = stretched(ORGANIZER_SECONDS)
        own = settings.model_copy(update={"payment_url": payment_url, "organizer_timeout_seconds": patience})
        real, wire = open_gateways(own, http), Wire(decline_next)
        wired = Gateways(WiredOrganizers(wire, real.organizers), WiredPayments(wire, real.payments))
        async with started_ticket_app(own, service_key, wired) as (services, client):
            stop_at_statements(services.engine)
            yield Theatre(Stage(own, services, client, organizer, payment), wire, observer)
    assert payment.violations == []


@contextmanager
def opened_theatre(settings: Settings, folder: Path, service_key: str) -> Iterator[tuple[Theatre, asyncio.Runner]]:
    """A theatre, and the loop that it lives on."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()

        async def open_() -> Theatre:
            observer = create_engine(settings.model_copy(update={"database_pool_size": 2}), "ticket-observer")
            stack.push_async_callback(observer.dispose)
            return await stack.enter_async_context(theatre_on(settings, folder, service_key, observer))

        try:
            yield runner.run(open_()), runner
        finally:
            runner.run(stack.aclose())


async def quick_document(document: Document) -> bytes:
    """Rendering takes a process of its own and a second; what a document says is tested elsewhere."""
    return f"%PDF {document}".encode()
