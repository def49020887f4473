"""The started ticket service with the organizer simulator and a fake payment service, which it calls over HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import sqlalchemy as sa
from asgi_lifespan import LifespanManager
from organizer_simulator.domain.keys import own_key
from organizer_simulator.settings import Settings as OrganizerSettings
from servicekit.db.engine import borrowed_driver, reading
from servicekit.lanes import AnyLane
from standardwebhooks.webhooks import Webhook
from ticketing.db.booking.take_seats import BookingRequest, take_seats
from ticketing.db.tables import bookings, event_operations, events, seats, waitlist_entries, webhook_deliveries
from ticketing.domain.booking_record import Booking
from ticketing.domain.records import Customer
from ticketing.domain.unpaid_seats import UnpaidSeatLimits
from ticketing.services import Services
from ticketing.settings import Settings
from ticketing.usecases.waitlist.close_queues import close_queues
from ticketing.usecases.worker.lanes import BOOKING_LANES, EVENT_CHANGES, OPERATIONS

from devstack.deadlines import stretched
from support.applications import organizer_app, started_ticket_app
from support.catalog import create, event_body, make_seats
from support.fake_payment import FakePayment
from support.lanes import run_once
from support.server import serve

ROUND = (*BOOKING_LANES, OPERATIONS, EVENT_CHANGES)
"""The lanes of `run_until_idle`. Deliveries are left out: tests make them step by step."""
_SECONDS_TO_NEXT = sa.select(*(lane.seconds_to_next for lane in ROUND))

ORGANIZER_KEY = "tests-organizer-key-0123456789abcdef"
"""The simulator's root key; ticket knows only the keys of the single organizers."""
ORGANIZER_SECONDS = 3
"""How long ticket waits for an organizer: fifty requests at once are slow on a busy machine."""


@dataclass
class TicketSystem:
    """The services, and what buyers, staff, payment and workers do with them."""

    settings: Settings
    services: Services
    client: httpx.AsyncClient
    organizer: httpx.AsyncClient
    payment: FakePayment

    async def create_event(self, *, seats_per_row: int = 3, **changes: Any) -> tuple[Any, list[Any]]:
        """Creates an organizer and its event, which is on sale; returns the event and its seats."""
        organizer = f"org-{uuid4().hex[:8]}"
        base_url = f"{self.organizer.base_url}".rstrip("/") + f"/{organizer}"
        new = {"slug": organizer, "name": "Nusantara Live", "base_url": base_url}
        await create(self.client, "/api/v1/organizers", {**new, "api_key": own_key(ORGANIZER_KEY, organizer)})
        event = await create(self.client, "/api/v1/events", event_body(organizer=organizer, **changes))
        return {**event, "base_url": base_url}, await make_seats(self.client, event["id"], seats_per_row=seats_per_row)

    def booking_request(self, event: Any, wanted: list[Any], **changes: Any) -> dict[str, Any]:
        """Returns a valid body of POST /bookings; `...` removes a field."""
        body = {
            "booking_id": str(uuid4()),
            "event_id": event["id"],
            "seat_ids": [seat["id"] for seat in wanted],
            "customer": customer(),
        }
        return {name: value for name, value in {**body, **changes}.items() if value is not ...}

    async def book(self, event: Any, wanted: list[Any], **changes: Any) -> Any:
        """Creates a booking; returns it AWAITING_PAYMENT."""
        return await create(self.client, "/api/v1/bookings", self.booking_request(event, wanted, **changes))

    async def store_hold(self, event: Any, wanted: list[Any]) -> UUID:
        """Stores another buyer's booking that holds the seats; organizer and payment do not know it."""
        body = BookingRequest(
            booking_id=uuid4(),
            event_id=UUID(event["id"]),
            seat_ids=tuple(UUID(seat["id"]) for seat in wanted),
            customer=Customer(uuid4(), "Budi", "budi@example.com"),
            return_url=None,
            request_hash="",
        )
        async with borrowed_driver(self.services.engine) as driver:
            held = await take_seats(driver, body, UnpaidSeatLimits(0, 0), actor="test", grace_seconds=3600)
        assert isinstance(held, Booking)
        return held.id

    async def book_and_pay(self, event: Any, wanted: list[Any], **changes: Any) -> Any:
        """Creates and pays a booking, and does the work that follows; returns it BOOKED."""
        booking = await self.book(event, wanted, **changes)
        await self.pay(booking["id"])
        await self.run_until_idle()
        return await self.booking(booking["id"])

    async def pay(self, booking_id: str, outcome: str = "PAID") -> httpx.Response:
        """Changes the invoice and sends its webhook."""
        self.payment.set_status(booking_id, outcome)
        return await self.send_invoice_webhook(booking_id)

    async def send_invoice_webhook(self, booking_id: str, **changes: Any) -> httpx.Response:
        """Sends the webhook about the current invoice; `changes` replace fields of it."""
        invoice = {**self.payment.invoices[booking_id], **changes}
        return await self.post_webhook(f"invoice.{invoice['status'].lower()}", invoice)

    async def post_webhook(self, type_: str, data: Any, *, webhook_id: str | None = None) -> httpx.Response:
        """Posts a signed webhook of payment."""
        body = json.dumps({"type": type_, "timestamp": datetime.now(UTC).isoformat(), "data": data})
        return await self.client.post(
            "/webhooks/payment", content=body, headers=self.signature_headers(body, webhook_id or f"msg_{uuid4().hex}")
        )

    def signature_headers(self, body: str, webhook_id: str) -> dict[str, str]:
        now = datetime.now(UTC)
        secret = self.settings.ticket_webhook_secret.get_secret_value().split()[0]
        return {
            "content-type": "application/json",
            "webhook-id": webhook_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(secret).sign(webhook_id, now, body),
        }

    async def run_until_idle(self) -> None:
        """Does all work that is due, and the work that follows, until nothing is due."""
        for _ in range(50):
            await close_queues(self.services)
            due = await self._due_lanes()
            if not due:
                return
            await run_once(self.services, *due)
        raise AssertionError("after 50 rounds work is still due")

    async def sweep_queues(self) -> None:
        """Closes the queues of sales that are over, continues operations on events, and tells of changed ones."""
        await close_queues(self.services)
        await run_once(self.services, OPERATIONS, EVENT_CHANGES)

    async def _due_lanes(self) -> list[AnyLane[Services]]:
        # Asks once, as a worker does: each lane that is not due would cost a transaction in every round.
        async with reading(self.services.engine) as connection:
            waits = (await connection.execute(_SECONDS_TO_NEXT)).one()
        return [lane for lane, wait in zip(ROUND, waits, strict=True) if wait is not None and wait <= 0]

    async def make_work_due(self, booking_id: str | None = None) -> None:
        """Makes the postponed work of one booking, or of all, due now."""
        what = bookings.c.next_step_at.is_not(None)
        if booking_id is not None:
            what &= bookings.c.id == booking_id
        async with self.services.engine.begin() as connection:
            # Several callers at once do not deadlock, because each locks the bookings in the same order.
            due = sa.select(bookings.c.id).where(what).order_by(bookings.c.id).with_for_update(key_share=True)
            ids = list((await connection.execute(due)).scalars())
            await connection.execute(
                sa.update(bookings).where(bookings.c.id.in_(ids)).values(next_step_at=sa.func.now())
            )
            await connection.execute(
                sa.update(event_operations)
                .where(event_operations.c.next_step_at.is_not(None))
                .values(next_step_at=sa.func.now())
            )
            changed = sa.update(events).where(events.c.facts_due_at.is_not(None))
            await connection.execute(changed.values(facts_due_at=sa.func.now()))

    async def pass_payment_deadline(self, booking_id: str) -> None:
        """Moves the booking's payment deadline into the past."""
        past = datetime(2020, 1, 1, tzinfo=UTC)
        async with self.services.engine.begin() as connection:
            await connection.execute(
                sa.update(bookings).where(bookings.c.id == booking_id).values(hold_expires_at=past, next_step_at=past)
            )

    async def booking(self, booking_id: str) -> Any:
        answer = await self.client.get(f"/api/v1/bookings/{booking_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def booking_row(self, booking_id: str) -> sa.RowMapping:
        return await self._one(sa.select(bookings).where(bookings.c.id == booking_id))

    async def seat(self, seat_id: str) -> sa.RowMapping:
        return await self._one(sa.select(seats).where(seats.c.id == seat_id))

    async def _one(self, query: sa.Select[Any]) -> sa.RowMapping:
        async with self.services.engine.connect() as connection:
            return (await connection.execute(query)).mappings().one()

    async def bookings_of(self, event: Any) -> list[Any]:
        answer = await self.client.get("/api/v1/bookings", params={"event_id": event["id"], "limit": 200})
        items: list[Any] = answer.json()["items"]
        return items

    async def published(self, subject_id: str) -> list[dict[str, Any]]:
        """Returns the data of the events published about a booking or an entry, oldest version first."""
        query = (
            sa.select(webhook_deliveries.c.data)
            .where(webhook_deliveries.c.subject_id == subject_id)
            .order_by(webhook_deliveries.c.subject_version)
        )
        async with self.services.engine.connect() as connection:
            return list((await connection.execute(query)).scalars())

    async def join(self, seat: Any, **who: Any) -> Any:
        """Joins the queue of a seat; returns the entry."""
        body = {"seat_id": seat["id"], "customer": customer(**who)}
        return await create(self.client, "/api/v1/waitlist", body)

    async def entry(self, entry_id: str) -> Any:
        return (await self.client.get(f"/api/v1/waitlist/{entry_id}")).json()

    async def queue(self, seat: Any) -> list[sa.RowMapping]:
        query = (
            sa.select(waitlist_entries)
            .where(waitlist_entries.c.seat_id == seat["id"])
            .order_by(waitlist_entries.c.joined_at, waitlist_entries.c.id)
        )
        async with self.services.engine.connect() as connection:
            return list((await connection.execute(query)).mappings())

    async def set_organizer_outcomes(self, *outcomes: str) -> None:
        """Sets the organizer's next answers to requests for a hold: ok, fail, timeout or error."""
        answer = await self.organizer.put("/simulation", json={"next_outcomes": list(outcomes)})
        assert answer.status_code == 200, answer.text

    async def hold_status(self, event: Any, booking_id: str) -> str | None:
        """Returns the organizer's status of the hold: HELD, RELEASED, or None if it has none."""
        answer = await self.organizer.get(f"{event['base_url']}/holds/{booking_id}")
        return None if answer.status_code == 404 else str(answer.json()["status"])


def customer(**changes: Any) -> dict[str, str]:
    return {"id": str(uuid4()), "name": "Ayu Lestari", "email": "ayu@example.com", **changes}


@asynccontextmanager
async def started_organizer(folder: Path, late: float = 2 * ORGANIZER_SECONDS) -> AsyncIterator[httpx.AsyncClient]:
    """Starts the organizer simulator; it never declines by chance, and a late answer comes after `late` seconds."""
    settings = OrganizerSettings.model_validate(
        {
            "organizer_api_key": ORGANIZER_KEY,
            "organizer_database": folder / "holds.sqlite",
            "organizer_failure_rate": 0,
            "organizer_late_answer_seconds": late,
            "simulation_controls": True,
        }
    )
    with organizer_app(settings) as app:
        async with (
            LifespanManager(app),
            serve(app) as url,
            # Ticket calls the simulator over its socket; the tests look into it after every step, without one.
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app, raise_app_exceptions=False),
                base_url=url,
                headers={"authorization": f"Bearer {ORGANIZER_KEY}"},
            ) as client,
        ):
            yield client


@asynccontextmanager
async def started_system(
    settings: Settings, folder: Path, service_key: str, *, organizer_seconds: float = ORGANIZER_SECONDS
) -> AsyncIterator[TicketSystem]:
    """Starts the ticket service, the organizer simulator and a fake payment service."""
    patience = stretched(organizer_seconds)
    payment = FakePayment()
    async with started_organizer(folder, 2 * patience) as organizer, serve(payment.app) as payment_url:
        own = settings.model_copy(
            update={"payment_url": payment_url, "organizer_timeout_seconds": patience, "sweep_seconds": 1}
        )
        async with started_ticket_app(own, service_key) as (services, client):
            yield TicketSystem(own, services, client, organizer, payment)
    assert payment.violations == []
