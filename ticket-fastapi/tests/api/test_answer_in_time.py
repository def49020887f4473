"""A booking request is answered before its caller times out, however slow organizer and payment are."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from time import monotonic
from typing import Any

import aiohttp
import pytest
from servicekit.http.calls import Answer, open_session
from support.ticket_system import TicketSystem
from ticketing.integrations import organizer_requests
from ticketing.integrations.calling import UnreachableError, call, calls_limited_to
from ticketing.integrations.organizer import HttpOrganizers
from ticketing.integrations.payment import HttpPayments
from ticketing.settings import Settings
from ticketing.usecases.booking import book, hold_and_invoice
from ticketing.usecases.booking.book import invoice_seconds
from ticketing.usecases.booking.hold_and_invoice import INVOICE_SECONDS, LOOK_UP_SECONDS

CALLER_TIMEOUT_SECONDS = 9


@pytest.fixture
def unanswering_url() -> Iterator[str]:
    """A URL that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_the_worst_case_at_the_default_settings_is_eight_seconds(settings: Settings) -> None:
    hold = settings.organizer_timeout_seconds
    look_up = min(LOOK_UP_SECONDS, hold)
    organizer_seconds = settings.organizer_attempts * (hold + look_up)
    assert (hold, look_up, organizer_seconds) == (5, 2, 7)
    assert organizer_seconds + invoice_seconds(organizer_seconds) == 8 < CALLER_TIMEOUT_SECONDS


@pytest.mark.parametrize("elapsed", [0, 0.5, 2.9, 3, 4, 6, 7])
def test_however_long_the_organizer_takes_payment_does_not_take_the_answer_beyond_eight_seconds(elapsed: float) -> None:
    assert 1 <= invoice_seconds(elapsed) <= INVOICE_SECONDS
    assert elapsed + invoice_seconds(elapsed) <= 8


async def _seconds_of_calls(
    system: TicketSystem, monkeypatch: pytest.MonkeyPatch, base_url: str
) -> list[tuple[str, float]]:
    """Returns the duration of each call to the organizer at `base_url`, which makes the booking fail."""
    given: list[tuple[str, float]] = []

    async def noted(http: aiohttp.ClientSession, method: str, url: str, **named: Any) -> Answer:
        started = monotonic()
        try:
            return await call(http, method, url, **named)
        finally:
            given.append((method, monotonic() - started))

    monkeypatch.setattr(organizer_requests, "call", noted)
    event, (seat, *_) = await system.create_event()
    await system.client.patch(f"/api/v1/organizers/{event['organizer']['slug']}", json={"base_url": base_url})
    answer = await system.client.post("/api/v1/bookings", json=system.booking_request(event, [seat]))
    assert (answer.status_code, answer.json()["type"]) == (503, "organizer-unreachable")
    return given


def _set_patience(system: TicketSystem, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    organizers = system.services.gateways.organizers
    assert isinstance(organizers, HttpOrganizers)
    monkeypatch.setattr(organizers._requests, "_seconds", seconds)


async def test_the_look_up_after_a_hold_that_timed_out_has_its_own_short_time(
    system: TicketSystem, monkeypatch: pytest.MonkeyPatch, unanswering_url: str
) -> None:
    _set_patience(system, monkeypatch, 3)
    monkeypatch.setattr(hold_and_invoice, "LOOK_UP_SECONDS", 0.1)
    (_, hold), (_, look_up) = await _seconds_of_calls(system, monkeypatch, unanswering_url)
    assert hold >= 3
    assert look_up < 3


async def test_the_look_up_is_never_given_longer_than_the_organizers_timeout(
    system: TicketSystem, monkeypatch: pytest.MonkeyPatch, unanswering_url: str
) -> None:
    _set_patience(system, monkeypatch, 0.1)
    monkeypatch.setattr(hold_and_invoice, "LOOK_UP_SECONDS", 30)
    given = await _seconds_of_calls(system, monkeypatch, unanswering_url)
    assert [method for method, _ in given] == ["POST", "GET"]
    assert max(seconds for _, seconds in given) < 15


async def test_a_payment_service_that_hangs_is_called_once_within_the_remaining_time(
    system: TicketSystem, monkeypatch: pytest.MonkeyPatch, unanswering_url: str
) -> None:
    monkeypatch.setattr(book, "ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(book, "SHORTEST_INVOICE_SECONDS", 0.2)
    defaults = HttpPayments._call.__kwdefaults__
    monkeypatch.setattr(HttpPayments._call, "__kwdefaults__", {**defaults, "seconds": 40})
    monkeypatch.setattr(system.services.gateways.payments, "_base", f"{unanswering_url}/api/v1/invoices")
    event, (seat, *_) = await system.create_event()
    async with asyncio.timeout(20):
        answer = await system.client.post("/api/v1/bookings", json=system.booking_request(event, [seat]))
    assert (answer.status_code, answer.json()["type"]) == (503, "payment-unavailable")
    assert answer.json()["booking"]["failure_reason"] == "INVOICE_UNAVAILABLE"


async def test_a_payment_service_that_fails_at_once_is_called_again(system: TicketSystem) -> None:
    system.payment.lost_requests = ["create"]
    event, (seat, *_) = await system.create_event()
    booking = await system.book(event, [seat])
    assert system.payment.calls_of("create", booking["id"]) == 2


async def test_a_time_limit_applies_inside_its_block_and_never_lengthens_a_call(unanswering_url: str) -> None:
    async with open_session(allow_private=True) as http:
        for limit, own in ((0.1, 60), (60, 0.1)):
            with calls_limited_to(limit), pytest.raises(UnreachableError):
                await asyncio.wait_for(call(http, "GET", unanswering_url, key="k", seconds=own), 20)
        with calls_limited_to(0.001):
            pass
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(call(http, "GET", unanswering_url, key="k", seconds=60), 0.3)
