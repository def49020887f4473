"""A seat map that is only looked at asks for nothing, and shows what others book all the same."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, WebSocket, expect

from tests.browser.accounts import known_buyer, signed_in
from tests.browser.dashboard import PATIENCE_MS, Dashboard
from tests.support.world import World

CHANGES = "**/seat-map/changes"
OLD = re.compile("This map may be out of date")


class Traffic:
    """What the page has asked for: messages to the script of the dashboard, and requests to the client service."""

    def __init__(self, page: Page, client_url: str) -> None:
        self.asked: list[str] = []
        page.on("websocket", self._follow)
        page.on("request", lambda request: self._ask(request.url) if request.url.startswith(client_url) else None)

    def _follow(self, socket: WebSocket) -> None:
        socket.on("framesent", lambda _: self._ask("a message to the script"))

    def _ask(self, what: str) -> None:
        self.asked.append(what)


def opened(dashboard: Dashboard, event_id: str) -> None:
    """Opens the event's page; returns once the map is connected and the page's script has ended."""
    with dashboard.page.expect_response(CHANGES, timeout=PATIENCE_MS):
        dashboard.open_event(event_id)
    dashboard.settle()


def test_what_others_book_is_shown_without_a_run_of_the_script(world: World, page: Page) -> None:
    traffic = Traffic(page, world.stack.environment.client_url)
    dashboard, seat = Dashboard(page), world.seats[20]
    opened(dashboard, world.event.id)
    shown = dashboard.seat(seat.row, seat.number)
    expect(shown).to_have_accessible_name(re.compile("open$"))
    traffic.asked.clear()
    booking = world.book(buyer := world.buyer(), 20)
    expect(shown).to_have_accessible_name(re.compile("on going"), timeout=PATIENCE_MS)
    buyer.cancel(booking.id)
    expect(shown).to_have_accessible_name(re.compile("open$"), timeout=PATIENCE_MS)
    assert traffic.asked == []


@pytest.mark.parametrize("seconds", [10, pytest.param(60, marks=pytest.mark.long)])
def test_a_map_that_nothing_happens_to_asks_for_nothing(world: World, page: Page, seconds: int) -> None:
    event = world.new_event()
    world.ticket.create_seats(event.id, rows=3, seats_per_row=4)
    traffic = Traffic(page, world.stack.environment.client_url)
    opened(Dashboard(page), event.id)
    traffic.asked.clear()
    page.wait_for_timeout(1000 * seconds)
    assert traffic.asked == []


# In the short form, `test_choosing.py` has a choice of which seats are no longer open.
@pytest.mark.long
def test_a_chosen_seat_that_another_takes_is_given_up_at_once_which_is_said(world: World, page: Page) -> None:
    seat = world.seats[21]
    dashboard = Dashboard(page)
    opened(dashboard, world.event.id)
    dashboard.seat(seat.row, seat.number).click()
    expect(page.get_by_text("1 seat,")).to_be_visible()
    world.book(world.buyer(), 21)
    expect(page.get_by_role("status").filter(has_text="A seat that you had chosen is no longer open")).to_be_visible(
        timeout=PATIENCE_MS
    )
    expect(page.get_by_text("Choose up to 10 seats.")).to_be_visible()


# In the short form, `test_what_others_book_is_shown_without_a_run_of_the_script` follows the same stream.
@pytest.mark.long
def test_what_becomes_of_a_seat_of_ones_own_is_shown(world: World, page: Page) -> None:
    seat = world.seats[22]
    dashboard, email = known_buyer(world, page, "Kartika Dewi")
    with signed_in(world, email) as buyer:
        booking = buyer.book(world.event.id, [seat.id])
        opened(dashboard, world.event.id)
        shown = dashboard.seat(seat.row, seat.number)
        expect(shown).to_have_accessible_name(re.compile("yours"), timeout=PATIENCE_MS)
        buyer.cancel(booking.id)
    expect(shown).to_have_accessible_name(re.compile("open$"), timeout=PATIENCE_MS)
    world.book(world.buyer(), 22)
    expect(shown).to_have_accessible_name(re.compile("on going"), timeout=PATIENCE_MS)


# In the short form, client's own tests send them.
@pytest.mark.long
def test_other_seats_and_another_state_of_the_sale_are_shown(world: World, page: Page) -> None:
    event = world.new_event()
    world.ticket.create_seats(event.id, rows=1, seats_per_row=2)
    opened(Dashboard(page), event.id)
    expect(page.get_by_role("gridcell")).to_have_count(2)
    layout = {"section": "B", "rows": 1, "seats_per_row": 3, "price": 100}
    world.ticket.call("POST", f"/api/v1/events/{event.id}/seats", json=layout)
    expect(page.get_by_role("gridcell")).to_have_count(5, timeout=PATIENCE_MS)
    world.ticket.call("POST", f"/api/v1/events/{event.id}/close-sales")
    expect(page.get_by_text("Sales for this event are closed.").first).to_be_visible(timeout=2 * PATIENCE_MS)


def test_a_map_without_its_connection_says_so_and_is_brought_up_to_date_all_the_same(world: World, page: Page) -> None:
    seat = world.seats[23]
    # Nobody answers. An error would be in the browser's console.
    page.route(CHANGES, lambda route: None)
    dashboard = Dashboard(page)
    dashboard.open_event(world.event.id)
    expect(page.get_by_text(OLD)).to_be_visible(timeout=PATIENCE_MS)
    world.book(world.buyer(), 23)
    expect(dashboard.seat(seat.row, seat.number)).to_have_accessible_name(
        re.compile("on going"), timeout=2 * PATIENCE_MS
    )
    page.unroute(CHANGES)
    expect(page.get_by_text(OLD)).to_be_hidden(timeout=2 * PATIENCE_MS)
