"""Bookings, waitlist entries, invoices and documents contain the time zone of the venue."""

from __future__ import annotations

import httpx
from support.ticket_system import TicketSystem


async def test_the_zone_of_the_venue_is_in_booking_entry_invoice_and_document(system: TicketSystem) -> None:
    event, (seat, *_) = await system.create_event(
        time_zone="Europe/Amsterdam", starts_at="2099-01-09T20:15:00+01:00", sales_close_at="2099-01-09T18:00:00Z"
    )
    booking = await system.book(event, [seat])
    entry = await system.join(seat)
    shown = {"time_zone": "Europe/Amsterdam", "starts_at": "2099-01-09T19:15:00Z"}
    for answer in (booking, await system.booking(booking["id"]), entry, await system.entry(entry["id"])):
        assert {name: answer["event"][name] for name in shown} == shown
    assert system.payment.requests[-1]["time_zone"] == "Europe/Amsterdam"
    await system.pay(booking["id"])
    await system.run_until_idle()
    link = (await system.client.get(f"/api/v1/bookings/{booking['id']}/ticket")).json()["url"]
    async with httpx.AsyncClient() as browser:
        document = (await browser.get(link)).content
    # `render_quickly` stores the content of the document; `tests/unit/test_time.py` reads a real PDF.
    assert b"zone=zoneinfo.ZoneInfo(key='Europe/Amsterdam')" in document
