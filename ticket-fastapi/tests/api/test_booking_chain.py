"""One booking from the request to its PDF (docs/booking.md)."""

from __future__ import annotations

import hashlib

import httpx
import pytest
from support.ticket_system import TicketSystem
from ticketing.documents.render import render
from ticketing.usecases.booking import issue_document


async def test_a_paid_booking_ends_with_its_confirmation_in_the_bucket(
    system: TicketSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issue_document, "render", render)
    event, seats = await system.create_event()
    booking = await system.book(event, seats[:2])
    assert (booking["status"], booking["version"], booking["amount"]) == ("AWAITING_PAYMENT", 2, 1_500_000)
    assert booking["payment_url"].startswith("http://pay.test/pay/")
    assert await system.hold_status(event, booking["id"]) == "HELD"
    assert (await system.seat(seats[0]["id"]))["status"] == "ON_GOING"

    assert (await system.pay(booking["id"])).json() == {"effect": "applied"}
    await system.run_until_idle()

    booking = await system.booking(booking["id"])
    assert booking["status"] == "BOOKED"
    assert {(await system.seat(seat["id"]))["status"] for seat in seats[:2]} == {"BOOKED"}
    ticket = (await system.client.get(f"/api/v1/bookings/{booking['id']}/ticket")).json()
    assert ticket["kind"] == "CONFIRMATION"
    async with httpx.AsyncClient() as browser:
        pdf = (await browser.get(ticket["url"])).content
    assert pdf.startswith(b"%PDF")
    assert hashlib.sha256(pdf).hexdigest() == ticket["sha256"] == booking["document"]["sha256"]
    published = await system.published(booking["id"])
    assert [(data["version"], data["status"]) for data in published] == [
        (2, "AWAITING_PAYMENT"),
        (3, "BOOKED"),
        (4, "BOOKED"),
    ]
    assert (await system.booking_row(booking["id"]))["next_step_at"] is None
