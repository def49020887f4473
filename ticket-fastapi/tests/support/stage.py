"""The ticket service with an organizer and a payment service around it, all over real HTTP."""

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
from organizer_simulator.settings import Settings as OrganizerSettings
from standardwebhooks.webhooks import Webhook
from ticketing.db.booking.take_seats import BookingRequest, take_seats
from ticketing.db.tables import bookings, event_operations, seats, waitlist_entries, webhook_deliveries
from ticketing.domain.records import Customer
from ticketing.services import Services
from ticketing.settings import Settings
from ticketing.usecases.waitlist.close_queues import close_queues
from ticketing.usecases.worker.lanes import OPERATIONS

from devstack.deadlines import stretched
from support.applications import organizer_app, started_ticket_app
from support.catalog import event_body, made, make_seats
from support.payment import FakePayment
from support.server import serve
from support.waiting import until
from support.work import do_due, do_due_bookings, tell_all_positions

ORGANIZER_SECONDS = 3
"""How long an organizer is waited for: on a busy machine, fifty requests at once take their time."""


@dataclass
class Stage:
    """What a test of bookings needs at hand."""

    settings: Settings
    services: Services
    client: httpx.AsyncClient
    organizer: httpx.AsyncClient
    payment: FakePayment

    async def event(self, *, seats_per_row: int = 3, **changes: Any) -> tuple[Any, list[Any]]:
        """An event on sale at the simulated organizer `nusantara`, and its seats."""
        organizer = f"org-{uuid4().hex[:8]}"
        base_url = f"{self.organizer.base_url}".rstrip("/") + f"/{organizer}"
        await made(
            self.client, "/api/v1/organizers", {"slug": organizer, "name": "Nusantara Live", "base_url": base_url}
        )
        event = await made(self.client, "/api/v1/events", event_body(organizer=organizer, **changes))
        return {**event, "base_url": base_url}, await make_seats(self.client, event["id"], seats_per_row=seats_per_row)

    def order(self, event: Any, wanted: list[Any], **changes: Any) -> dict[str, Any]:
        """A valid body of POST /bookings."""
        body = {
            "booking_id": str(uuid4()),
            "event_id": event["id"],
            "seat_ids": [seat["id"] for seat in wanted],
            "customer": customer(),
        }
        return {name: value for name, value in {**body, **changes}.items() if value is not ...}

    async def book(self, event: Any, wanted: list[Any], **changes: Any) -> Any:
        """A booking AWAITING_PAYMENT."""
        return await made(self.client, "/api/v1/bookings", self.order(event, wanted, **changes))

    async def book_elsewhere(self, event: Any, wanted: list[Any]) -> UUID:
        """Another buyer takes the seats at the same time; only ticket knows of it."""
        order = BookingRequest(
            booking_id=uuid4(),
            event_id=UUID(event["id"]),
            seat_ids=tuple(UUID(seat["id"]) for seat in wanted),
            customer=Customer(uuid4(), "Budi", "budi@example.com"),
            return_url=None,
            request_hash="",
        )
        async with self.services.engine.connect() as connection:
            held = await take_seats(connection, order, actor="test", grace_seconds=3600)
        assert held is not None
        return held.id

    async def booked(self, event: Any, wanted: list[Any], **changes: Any) -> Any:
        """A booking BOOKED and paid, with everything done that follows."""
        booking = await self.book(event, wanted, **changes)
        await self.pay(booking["id"])
        await self.settle()
        return await self.booking(booking["id"])

    async def pay(self, booking_id: str, outcome: str = "PAID") -> httpx.Response:
        """Payment decides and tells."""
        self.payment.decide(booking_id, outcome)
        return await self.tell(booking_id)

    async def tell(self, booking_id: str, **changes: Any) -> httpx.Response:
        """The webhook about the invoice as it is now; `changes` replace what it says."""
        invoice = {**self.payment.invoices[booking_id], **changes}
        return await self.webhook(f"invoice.{invoice['status'].lower()}", invoice)

    async def webhook(self, type_: str, data: Any, *, webhook_id: str | None = None) -> httpx.Response:
        """A signed webhook."""
        body = json.dumps({"type": type_, "timestamp": datetime.now(UTC).isoformat(), "data": data})
        return await self.client.post(
            "/webhooks/payment", content=body, headers=self.signed(body, webhook_id or f"msg_{uuid4().hex}")
        )

    def signed(self, body: str, webhook_id: str) -> dict[str, str]:
        now = datetime.now(UTC)
        secret = self.settings.ticket_webhook_secret.get_secret_value().split()[0]
        return {
            "content-type": "application/json",
            "webhook-id": webhook_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(secret).sign(webhook_id, now, body),
        }

    async def settle(self) -> None:
        """Do everything that is due, and what follows from it, until nothing is due."""
        for _ in range(50):
            await do_due_bookings(self.services)
            await self.sweep_queues()
            if not await self._anything_due():
                return
        raise AssertionError("there is always something due")

    async def sweep_queues(self) -> None:
        """Close the queues of sales that are over, and carry on operations on events."""
        await close_queues(self.services)
        await do_due(self.services, OPERATIONS)

    async def _anything_due(self) -> bool:
        due = sa.select(bookings.c.id).where(bookings.c.next_step_at <= sa.func.clock_timestamp())
        running = sa.select(event_operations.c.id).where(event_operations.c.next_step_at <= sa.func.clock_timestamp())
        async with self.services.engine.connect() as connection:
            return bool((await connection.execute(due.union_all(running))).first())

    async def hurry(self, booking_id: str | None = None) -> None:
        """Whatever was postponed is due now."""
        what = bookings.c.next_step_at.is_not(None)
        if booking_id is not None:
            what &= bookings.c.id == booking_id
        async with self.services.engine.begin() as connection:
            # Several may hurry at once: each locks the bookings in the same order.
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

    async def overdue(self, booking_id: str) -> None:
        """The booking's time to pay is over."""
        past = datetime(2020, 1, 1, tzinfo=UTC)
        async with self.services.engine.begin() as connection:
            await connection.execute(
                sa.update(bookings).where(bookings.c.id == booking_id).values(hold_expires_at=past, next_step_at=past)
            )

    async def booking(self, booking_id: str) -> Any:
        answer = await self.client.get(f"/api/v1/bookings/{booking_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def row(self, booking_id: str) -> sa.RowMapping:
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

    async def told(self, subject_id: str) -> list[dict[str, Any]]:
        """What the client service was told of a subject, oldest version first."""
        query = (
            sa.select(webhook_deliveries.c.data)
            .where(webhook_deliveries.c.subject_id == subject_id)
            .order_by(webhook_deliveries.c.subject_version)
        )
        async with self.services.engine.connect() as connection:
            return list((await connection.execute(query)).scalars())

    async def join(self, seat: Any, **who: Any) -> Any:
        """A waitlist entry."""
        body = {"seat_id": seat["id"], "customer": customer(**who)}
        return await made(self.client, "/api/v1/waitlist", body)

    async def entry(self, entry_id: str) -> Any:
        return (await self.client.get(f"/api/v1/waitlist/{entry_id}")).json()

    async def line(self, seat: Any) -> list[sa.RowMapping]:
        query = (
            sa.select(waitlist_entries)
            .where(waitlist_entries.c.seat_id == seat["id"])
            .order_by(waitlist_entries.c.joined_at, waitlist_entries.c.id)
        )
        async with self.services.engine.connect() as connection:
            return list((await connection.execute(query)).mappings())

    async def tell_positions(self) -> None:
        """Those behind a place that has become free are told."""
        await tell_all_positions(self.services)

    async def organizer_does(self, *outcomes: str) -> None:
        """The next answers to requests for a hold: ok, fail, timeout, error."""
        answer = await self.organizer.put("/simulation", json={"next_outcomes": list(outcomes)})
        assert answer.status_code == 200, answer.text

    async def hold(self, event: Any, booking_id: str) -> str | None:
        """What the organizer knows of the hold: HELD, RELEASED, or nothing."""
        answer = await self.organizer.get(f"{event['base_url']}/holds/{booking_id}")
        return None if answer.status_code == 404 else str(answer.json()["status"])


def customer(**changes: Any) -> dict[str, str]:
    return {"id": str(uuid4()), "name": "Ayu Lestari", "email": "ayu@example.com", **changes}


@asynccontextmanager
async def organizer_on(folder: Path, key: str, late: float = 2 * ORGANIZER_SECONDS) -> AsyncIterator[httpx.AsyncClient]:
    """The organizer simulator, never declining by chance; a late answer comes after `late` seconds."""
    settings = OrganizerSettings.model_validate(
        {
            "organizer_api_key": key,
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
            httpx.AsyncClient(base_url=url, headers={"authorization": f"Bearer {key}"}, verify=False) as client,
        ):
            yield client


@asynccontextmanager
async def stage_on(
    settings: Settings, folder: Path, service_key: str, *, organizer_seconds: float = ORGANIZER_SECONDS
) -> AsyncIterator[Stage]:
    """The ticket service between an organizer and a payment service."""
    patience = stretched(organizer_seconds)
    payment = FakePayment()
    organizer_key = settings.organizer_api_key.get_secret_value()
    async with organizer_on(folder, organizer_key, 2 * patience) as organizer, serve(payment.app) as payment_url:
        own = settings.model_copy(
            update={"payment_url": payment_url, "organizer_timeout_seconds": patience, "sweep_seconds": 1}
        )
        async with started_ticket_app(own, service_key) as (services, client):
            yield Stage(own, services, client, organizer, payment)


__all__ = ["Stage", "customer", "stage_on", "until"]
