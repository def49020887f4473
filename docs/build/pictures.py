"""The dashboard's pictures in the README: taken from a stack of their own, with people who book at the same time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from devstack import chromium
from docs.build.places import DOCS
from tests.browser.accounts import signed_in
from tests.browser.dashboard import PATIENCE_MS, Dashboard
from tests.support.client_api import Event, Seat
from tests.support.stack import running_stack
from tests.support.world import World

IMAGES = DOCS / "images"
WIDTH, HEIGHT = 1280, 880
MOST_BYTES = 250_000
EVENT = "Ketawa Dulu"
PAID, HELD, WANTED, CHOSEN = (2, 6, 9, 10), (3, 15), 4, (5, 13)
"""Places of seats in the event's first section."""


def write() -> None:
    """Takes all pictures anew."""
    with running_stack() as stack, _visitor(stack.environment.frontend_url) as page:
        world = World(stack)
        try:
            world.calm()
            _take(world, page)
        finally:
            world.close()


def _take(world: World, page: Page) -> None:
    dashboard = Dashboard(page)
    email = dashboard.register("Ayu Lestari")
    client = world.buyer("Bima Putra")
    event = next(each for each in client.events() if each.name.startswith(EVENT))
    seats = _front_section(world, event)
    for place in PAID:
        world.pay(client.book(event.id, [seats[place].id]))
    for place in HELD:
        world.buyer("Citra Dewi").book(event.id, [seats[place].id])
    _take_seat_map(dashboard, event, seats)
    _take_offer(world, dashboard, email, event, seats)
    _take_booked(dashboard, event)


def _front_section(world: World, event: Event) -> list[Seat]:
    every = world.ticket.seats(event.id)
    front = max(every, key=lambda seat: seat.price).section
    return sorted((seat for seat in every if seat.section == front), key=lambda seat: (seat.row, seat.number))


def _take_seat_map(dashboard: Dashboard, event: Event, seats: list[Seat]) -> None:
    dashboard.open_event(event.id)
    for place in CHOSEN:
        seat = seats[place]
        name = re.compile(rf"^{seat.section}, row {seat.row}, seat {seat.number} .*open$")
        dashboard.page.get_by_role("gridcell", name=name).click()
    expect(dashboard.page.get_by_role("button", name=re.compile("Book for"))).to_be_visible(timeout=PATIENCE_MS)
    _shoot(dashboard.page, "seat-map")


def _take_offer(world: World, dashboard: Dashboard, email: str, event: Event, seats: list[Seat]) -> None:
    holder = world.buyer("Dewi Sartika")
    booking = holder.book(event.id, [seats[WANTED].id])
    with signed_in(world, email) as queueing:
        queueing.join_queue(seats[WANTED].id)
        queueing.join_queue(seats[PAID[0]].id)
    holder.cancel(booking.id)
    dashboard.page.goto("/queue")
    expect(dashboard.pay_link()).to_be_visible(timeout=PATIENCE_MS)
    expect(dashboard.menu("1 offer")).to_be_visible(timeout=PATIENCE_MS)
    _shoot(dashboard.page, "queue-offer")


def _take_booked(dashboard: Dashboard, event: Event) -> None:
    dashboard.open_event(event.id)  # the choice is still there
    dashboard.book()
    dashboard.pay()
    page = dashboard.page
    expect(page.get_by_text("Your ticket")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_role("link", name="Download PDF")).to_be_visible(timeout=PATIENCE_MS)
    _shoot(page, "booked")


@contextmanager
def _visitor(url: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.installed(), args=chromium.ARGUMENTS)
        context = browser.new_context(
            base_url=url, viewport={"width": WIDTH, "height": HEIGHT}, locale="en-GB", timezone_id="Asia/Jakarta"
        )
        context.set_default_timeout(PATIENCE_MS)
        yield context.new_page()
        browser.close()


def _shoot(page: Page, name: str) -> None:
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(state="attached")
    page.mouse.move(WIDTH - 1, HEIGHT // 2)
    path = IMAGES / f"{name}.png"
    page.screenshot(path=path, animations="disabled")
    _must_be_small(path)


def _must_be_small(path: Path) -> None:
    if path.stat().st_size > MOST_BYTES:
        raise SystemExit(f"{path.name} has {path.stat().st_size} bytes; at most {MOST_BYTES} are wanted.")
