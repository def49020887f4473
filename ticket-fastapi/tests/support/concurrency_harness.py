"""Runs actions of buyers, staff, payment and workers on one event at the same time, and checks the rules after each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from servicekit.db.engine import create_engine
from servicekit.http.calls import open_session
from sqlalchemy.ext.asyncio import AsyncEngine
from ticketing.db.tables import bookings
from ticketing.documents.content import Document
from ticketing.integrations.gateways import Gateways
from ticketing.integrations.open_gateways import open_gateways, organizer_breakers
from ticketing.settings import Settings
from ticketing.usecases.booking import issue_document, issue_documents

from devstack.deadlines import stretched
from support.action_plan import ActionPlan, pause_at_statements
from support.actions import ActionsInProgress
from support.applications import started_ticket_app
from support.engines import empty_tables
from support.fake_payment import FakePayment
from support.faulty_network import FaultyNetwork, FaultyOrganizers, FaultyPayments
from support.lanes import advance_booking
from support.rules import broken_changes, broken_rules, broken_when_finished
from support.server import serve
from support.snapshot import Snapshot, take_snapshot
from support.ticket_system import ORGANIZER_SECONDS, TicketSystem, customer, started_organizer

SEATS = 3
BUYERS = 5
ROUNDS = 10
"""The number of rounds within which everything must finish; one or two are enough. Without a guard, some never do."""
REFUSALS = (200, 201, 404, 409, 502, 503)


@dataclass
class PaymentWebhook:
    """A webhook that payment sends until ticket acknowledges it, and may send again."""

    id: str
    type: str
    invoice: dict[str, Any]
    acknowledged: bool = False
    effects: list[str] = field(default_factory=list)
    """The effect that each delivery was answered with, in the order of the answers."""


@dataclass
class ConcurrencyHarness:
    """The system with one event. Methods that start an action take its plan: where it pauses and which calls fail."""

    system: TicketSystem
    network: FaultyNetwork
    observer: AsyncEngine
    actions: ActionsInProgress = field(init=False)
    webhooks: list[PaymentWebhook] = field(default_factory=list)
    snapshot: Snapshot = field(init=False)
    event: Any = None
    seats: list[Any] = field(default_factory=list)
    buyers: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.actions = ActionsInProgress(self.observer)

    async def create_event(self) -> None:
        """Creates the next event, which is on sale, and forgets the last one."""
        self.event, self.seats = await self.system.create_event(seats_per_row=SEATS)
        self.buyers = [customer() for _ in range(BUYERS)]
        self.webhooks, self.system.payment.invoices = [], {}
        self.network.late_requests, self.network.already_held = [], []
        self.snapshot = await self.take_snapshot()

    async def clean_up(self) -> None:
        """Kills the unfinished actions and empties all tables."""
        for action in list(self.actions.unfinished):
            action.task.cancel()
        await asyncio.gather(*(action.task for action in self.actions.unfinished), return_exceptions=True)
        self.actions.unfinished.clear()
        await empty_tables(self.observer)

    async def take_snapshot(self) -> Snapshot:
        """Reads what ticket, organizer and payment have stored now."""
        answer = await self.system.organizer.get(f"{self.event['base_url']}/holds?status=HELD&limit=200")
        held = {hold["hold_id"] for hold in answer.raise_for_status().json()["items"]}
        return await take_snapshot(self.observer, held, self.system.payment.invoices)

    async def check_rules(self) -> None:
        """Takes a new snapshot and checks the rules that always hold."""
        before, self.snapshot = self.snapshot, await self.take_snapshot()
        broken = [*broken_rules(self.snapshot), *broken_changes(before, self.snapshot)]
        # In these tests no item of a worker's loop may fail.
        broken += [f"failed: {row['loop']} {row['item']} {row['error']}" for row in self.snapshot.failures]
        broken += [f"1: another booking holds a seat of {booking_id}" for booking_id in self.network.already_held]
        assert not broken, "\n".join(broken)

    # Actions of buyers and staff.

    async def book(self, buyer: int, seats: list[int], plan: ActionPlan) -> None:
        wanted = [self.seats[number] for number in seats]
        body = self.system.booking_request(self.event, wanted, customer=self.buyers[buyer])
        await self._request("book", plan, "POST", "/api/v1/bookings", json=body)

    async def cancel(self, booking_id: str, reason: str, plan: ActionPlan) -> None:
        path = f"/api/v1/bookings/{booking_id}/cancel"
        await self._request("cancel", plan, "POST", path, json={"reason": reason})

    async def join(self, buyer: int, seat: int, plan: ActionPlan) -> None:
        body = {"seat_id": self.seats[seat]["id"], "customer": self.buyers[buyer]}
        await self._request("join", plan, "POST", "/api/v1/waitlist", json=body)

    async def leave_queue(self, entry_id: str, plan: ActionPlan) -> None:
        await self._request("leave", plan, "DELETE", f"/api/v1/waitlist/{entry_id}")

    async def end_sale(self, how: str, plan: ActionPlan) -> None:
        await self._request(how, plan, "POST", f"/api/v1/events/{self.event['id']}/{how}")

    async def move_sale(self, opens: timedelta, closes: timedelta, plan: ActionPlan) -> None:
        """Moves the start and the end of the sale to these times from now."""
        now = datetime.now(UTC)
        times = {"sales_open_at": (now + opens).isoformat(), "sales_close_at": (now + closes).isoformat()}
        await self._request("move the sale", plan, "PATCH", f"/api/v1/events/{self.event['id']}", json=times)

    async def _request(self, name: str, plan: ActionPlan, method: str, path: str, **content: Any) -> None:
        async def do() -> None:
            answer = await self.system.client.request(method, path, **content)
            assert answer.status_code in (*REFUSALS, 202), f"{name}: {answer.status_code} {answer.text}"

        await self.actions.start(name, do, plan)

    # Actions of payment.

    def set_invoice_status(self, booking_id: str, outcome: str) -> None:
        """Changes an invoice; all changes except PROCESSING make a webhook, which is sent later."""
        invoice = dict(self.system.payment.set_status(booking_id, outcome))
        if outcome != "PROCESSING":
            self.webhooks.append(PaymentWebhook(f"msg_{uuid4().hex}", f"invoice.{outcome.lower()}", invoice))

    async def deliver_webhook(self, webhook: PaymentWebhook, plan: ActionPlan) -> None:
        async def do() -> None:
            answer = await self.system.post_webhook(webhook.type, webhook.invoice, webhook_id=webhook.id)
            assert answer.status_code in (200, 503), answer.text
            if answer.status_code == 200:
                webhook.acknowledged = True
                webhook.effects.append(answer.json()["effect"])
            # Of two deliveries at the same time the duplicate may be answered first.
            assert sum(effect != "duplicate" for effect in webhook.effects) <= 1, f"{webhook.id}: {webhook.effects}"

        await self.actions.start("webhook", do, plan)

    # Time and workers.

    async def pass_payment_deadline(self, booking_id: str) -> None:
        """Moves the booking's payment deadline into the past."""
        await self.actions.start("time", lambda: self.system.pass_payment_deadline(booking_id), ActionPlan())

    async def run_worker(self, booking_id: str, plan: ActionPlan) -> None:
        """Does the work of a booking, even if another worker still works on it after its lease."""

        async def do() -> None:
            await advance_booking(self.system.services, UUID(booking_id))

        await self.actions.start("time", lambda: self.system.make_work_due(booking_id), ActionPlan())
        await self.actions.start("work", do, plan)

    async def run_due_work(self) -> None:
        """Does the work of all bookings that are due now."""
        query = sa.select(bookings.c.id).where(bookings.c.next_step_at <= sa.func.now()).order_by(bookings.c.created_at)
        async with self.observer.connect() as connection:
            due = list((await connection.execute(query)).scalars())
        for booking_id in due:
            await self.actions.start(
                "work", lambda id_=booking_id: advance_booking(self.system.services, id_), ActionPlan()
            )  # type: ignore[misc]

    async def sweep_queues(self, plan: ActionPlan) -> None:
        await self.actions.start("sweep queues", self.system.sweep_queues, plan)

    # The end of a test.

    async def finish_everything(self) -> None:
        """Finishes all actions, messages and due work, and checks that nothing is left over."""
        await self.actions.finish_all()
        while self.network.late_requests:
            await self.network.deliver_late_request(0)
        broken: list[str] = []
        for _ in range(ROUNDS):
            await self._one_round()
            await self.check_rules()
            broken = list(broken_when_finished(self.snapshot))
            if not broken and all(webhook.acknowledged for webhook in self.webhooks):
                return
        raise AssertionError("\n".join(broken) or "ticket did not acknowledge all webhooks")

    async def _one_round(self) -> None:
        for reference, invoice in self.system.payment.invoices.items():
            if invoice["status"] == "PROCESSING":
                self.set_invoice_status(reference, "PAID")
            if invoice["status"] == "PAID" and invoice["refund_requested_at"]:
                self.set_invoice_status(reference, "REFUNDED")
        for webhook in self.webhooks:
            if not webhook.acknowledged:
                await self.deliver_webhook(webhook, ActionPlan())
        await self.system.make_work_due()
        await self.system.run_until_idle()

    async def let_all_offers_lapse(self) -> None:
        """Lets the payment deadline of each offer pass until every queue is empty."""
        for _ in range(ROUNDS):
            unpaid = [row["id"] for row in self.snapshot.bookings.values() if row["status"] == "AWAITING_PAYMENT"]
            if not unpaid:
                return
            for booking_id in unpaid:
                await self.pass_payment_deadline(booking_id)
            await self.finish_everything()
        raise AssertionError("a queue is still not empty")


HarnessAndRunner = tuple[ConcurrencyHarness, asyncio.Runner]


async def _keep_keys(*_: str) -> None:
    """No key of an organizer is replaced here."""


@asynccontextmanager
async def started_harness(
    settings: Settings, folder: Path, service_key: str, observer: AsyncEngine
) -> AsyncIterator[ConcurrencyHarness]:
    """Starts the system with a faulty network and with an engine on which actions can pause."""
    payment = FakePayment()
    async with (
        started_organizer(folder) as organizer,
        serve(payment.app) as payment_url,
        open_session(allow_private=True) as http,
    ):

        async def decline_next() -> None:
            (await organizer.put("/simulation", json={"next_outcomes": ["fail"]})).raise_for_status()

        patience = stretched(ORGANIZER_SECONDS)
        own = settings.model_copy(update={"payment_url": payment_url, "organizer_timeout_seconds": patience})
        real, network = open_gateways(own, http, http, organizer_breakers(own), _keep_keys), FaultyNetwork(decline_next)
        faulty = Gateways(FaultyOrganizers(network, real.organizers), FaultyPayments(network, real.payments))
        async with started_ticket_app(own, service_key, faulty) as (services, client):
            pause_at_statements(services.engine)
            yield ConcurrencyHarness(TicketSystem(own, services, client, organizer, payment), network, observer)
    assert payment.violations == []


@contextmanager
def harness_on_its_own_loop(settings: Settings, folder: Path, service_key: str) -> Iterator[HarnessAndRunner]:
    """Starts a harness on an event loop of its own; yields it with the runner of the loop."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()

        async def open_() -> ConcurrencyHarness:
            observer = create_engine(settings.model_copy(update={"database_pool_size": 2}), "ticket-observer")
            stack.push_async_callback(observer.dispose)
            return await stack.enter_async_context(started_harness(settings, folder, service_key, observer))

        try:
            yield runner.run(open_()), runner
        finally:
            runner.run(stack.aclose())


async def render_quickly(document: Document) -> bytes:
    """Returns the document's content in place of a PDF, because rendering takes a process and a second."""
    return f"%PDF {document}".encode()


async def render_together_quickly(documents: Sequence[Document]) -> list[bytes]:
    """Like `render_quickly`, for several documents."""
    return [await render_quickly(document) for document in documents]


def replace_rendering(patch: pytest.MonkeyPatch) -> None:
    """Makes the service render quickly, documents that are made alone and those that are made together."""
    patch.setattr(issue_document, "render", render_quickly)
    patch.setattr(issue_documents, "render_together", render_together_quickly)
