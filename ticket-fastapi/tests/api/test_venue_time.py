"""The time zone of the venue goes wherever the event goes: to the buyer's booking, the queue, the invoice, the PDF."""

from __future__ import annotations

from support.stage import Stage


async def test_the_zone_of_the_venue_reaches_everybody_who_shows_a_time(stage: Stage) -> None:
    event, (seat, *_) = await stage.event(
        time_zone="Europe/Amsterdam", starts_at="2099-01-09T20:15:00+01:00", sales_close_at="2099-01-09T18:00:00Z"
    )
    booking = await stage.book(event, [seat])
    entry = await stage.join(seat)
    shown = {"time_zone": "Europe/Amsterdam", "starts_at": "2099-01-09T19:15:00Z"}
    for answer in (booking, await stage.booking(booking["id"]), entry, await stage.entry(entry["id"])):
        assert {name: answer["event"][name] for name in shown} == shown
    assert stage.payment.requests[-1]["time_zone"] == "Europe/Amsterdam"
    await stage.pay(booking["id"])
    await stage.settle()
    key = (await stage.row(booking["id"]))["document_key"]
    # Tests of bookings store what the document is made from; `tests/unit/test_time.py` reads one that is rendered.
    assert b"zone=zoneinfo.ZoneInfo(key='Europe/Amsterdam')" in await stage.services.object_store.get(key)
