"""Somebody does not answer: what one sees stays, one is told who it is, and nothing stays uncertain."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.accounts import known_buyer
from tests.browser.dashboard import PATIENCE_MS, Dashboard
from tests.browser.stoppage import standing_still
from tests.support.waiting import until
from tests.support.world import World

BANNER_MS = 2_000
ANSWER_MS = 10_000
CHOSEN = re.compile("your choice")
CLIENT_IS_SILENT = re.compile("booking service.*What you see may be out of date")
TICKET_IS_SILENT = re.compile("ticket system.*What you see may be out of date")
STANDS_STILL, IS_NOT_THERE = "stands still", "is not there"
# The short form takes one kind of outage in each of the two tests; the dashboard's watch tells the kinds apart, and its
# own tests (`frontend-streamlit/tests/api/test_watch.py`) know both.


def without(world: World, name: str, how: str) -> AbstractContextManager[None]:
    """An outage of one process: it answers nobody, or its port is closed."""
    return standing_still(world.stack, name) if how == STANDS_STILL else world.stack.processes.stopped(name)


def book_button(page: Page) -> Locator:
    return page.get_by_role("button", name=re.compile("Book for "))


def look_ups(world: World) -> float:
    """How often the client service has looked seats up so far."""
    text = httpx.get(f"{world.stack.environment.client_url}/metrics", trust_env=False).text
    counted = re.findall(
        r'^client_http_requests_total\{method="GET",route="[^"]*/seats",status="200"\} (.+)$', text, re.M
    )
    return sum(map(float, counted))


def choose(world: World, page: Page, place: int) -> Locator:
    """Somebody who is signed in has chosen a seat, which the dashboard has looked up; answers the seat."""
    seat = world.seats[place]
    dashboard, _ = known_buyer(world, page, "Oka Pratama")
    dashboard.open_event(world.event.id)
    chosen = dashboard.seat(seat.row, seat.number)
    before = look_ups(world)
    chosen.click()
    expect(book_button(page)).to_be_enabled()
    until(lambda: look_ups(world) > before, what="the chosen seat is looked up")
    return chosen


@pytest.mark.parametrize("how", [STANDS_STILL, pytest.param(IS_NOT_THERE, marks=pytest.mark.long)])
def test_without_the_client_service_map_and_choice_stay_and_nothing_is_recorded(
    world: World, page: Page, how: str
) -> None:
    seat = choose(world, page, 0)
    with without(world, "client", how):
        expect(page.get_by_text(CLIENT_IS_SILENT)).to_be_in_viewport(timeout=BANNER_MS)
        expect(seat).to_have_accessible_name(CHOSEN)
        book_button(page).click()
        expect(page.get_by_text("nothing was sent and nothing is recorded")).to_be_in_viewport(timeout=ANSWER_MS)
        expect(seat).to_have_accessible_name(CHOSEN)
    expect(page.get_by_text(CLIENT_IS_SILENT)).to_be_hidden(timeout=PATIENCE_MS)
    assert world.seat_status(0) == "OPEN"
    Dashboard(page).book()


def test_while_the_ticket_service_stands_still_the_request_is_recorded_and_carried_out_afterwards(
    world: World, page: Page
) -> None:
    seat = choose(world, page, 1)
    with without(world, "ticket", STANDS_STILL):
        expect(page.get_by_text(TICKET_IS_SILENT)).to_be_in_viewport(timeout=BANNER_MS)
        expect(seat).to_have_accessible_name(CHOSEN)
        book_button(page).click()
        expect(page.get_by_text("Your request is recorded as booking")).to_be_in_viewport(timeout=ANSWER_MS)
        expect(seat).to_have_accessible_name(CHOSEN)
    expect(Dashboard(page).pay_link()).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text(TICKET_IS_SILENT)).to_be_hidden(timeout=PATIENCE_MS)


def test_a_request_that_the_ticket_service_never_got_fails_in_words_and_the_choice_stays(
    world: World, page: Page
) -> None:
    seat = choose(world, page, 2)
    with without(world, "ticket", IS_NOT_THERE):
        expect(page.get_by_text(TICKET_IS_SILENT)).to_be_in_viewport(timeout=BANNER_MS)
        book_button(page).click()
        expect(page.get_by_text("Your request is recorded as booking")).to_be_in_viewport(timeout=ANSWER_MS)
    expect(page.get_by_text("no seats were taken")).to_be_in_viewport(timeout=PATIENCE_MS)
    expect(seat).to_have_accessible_name(CHOSEN)
    Dashboard(page).book()
    assert world.seat_status(2) == "ON_GOING"


def test_a_request_whose_answer_gets_lost_is_looked_up_when_the_client_service_is_back(
    world: World, page: Page
) -> None:
    choose(world, page, 3)
    world.organizer.simulate(latency_ms=2500)
    book_button(page).click()
    until(lambda: world.seat_status(3) == "ON_GOING", what="the request is under way")
    with without(world, "client", STANDS_STILL):
        expect(page.get_by_text("stopped answering in the middle of your request")).to_be_in_viewport(timeout=ANSWER_MS)
    expect(Dashboard(page).pay_link()).to_be_visible(timeout=PATIENCE_MS)
    assert world.seat_status(3) == "ON_GOING"


@pytest.mark.parametrize("how", [pytest.param(STANDS_STILL, marks=pytest.mark.long), IS_NOT_THERE])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        *(pytest.param(path, marks=pytest.mark.long) for path in ("/bookings", "/queue", "/notifications", "/account")),
    ],
)
def test_a_page_that_is_opened_again_without_the_client_service_shows_what_was_last_known(
    world: World, page: Page, path: str, how: str
) -> None:
    dashboard, _ = known_buyer(world, page, "Putri Ayuningtyas")
    dashboard.open(path)
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_be_visible(timeout=PATIENCE_MS)
    title = heading.inner_text()
    with without(world, "client", how):
        page.reload()
        expect(page.get_by_text(CLIENT_IS_SILENT)).to_be_visible(timeout=ANSWER_MS)
        expect(heading).to_have_text(title, timeout=ANSWER_MS)
    expect(page.get_by_text(CLIENT_IS_SILENT)).to_be_hidden(timeout=PATIENCE_MS)


# In the short form, the pages above come back by themselves in the same way.
@pytest.mark.long
def test_a_page_that_was_never_seen_comes_by_itself_when_the_client_service_is_back(world: World, page: Page) -> None:
    with without(world, "client", STANDS_STILL):
        page.goto(f"/event?id={world.event.id}")
        expect(page.get_by_text(CLIENT_IS_SILENT)).to_be_visible(timeout=ANSWER_MS)
        expect(page.get_by_text("We will be right back")).to_be_visible(timeout=ANSWER_MS)
        world.seats  # noqa: B018 - made at the ticket service, which is there
    expect(Dashboard(page).seat("A", 1)).to_be_visible(timeout=PATIENCE_MS)


TELLS_WHEN_ASKED = """
const real = window.fetch;
window.told = { version: "calm", words: "" };
window.fetch = async (url, options) => {
  const asked = new URL(url, location);
  if (!asked.pathname.endsWith("/service-status")) return real(url, options);
  while (window.told.version === asked.searchParams.get("known")) await new Promise((done) => setTimeout(done, 10));
  return Response.json(window.told);
};
"""
"""In this page it is the test that says how the services are."""


@pytest.mark.parametrize("words", ["The booking service does not answer.", ""], ids=["begins", "ends"])
def test_what_is_pressed_while_an_outage_begins_or_ends_is_clicked(page: Page, words: str) -> None:
    page.add_init_script(TELLS_WHEN_ASKED)
    page.goto("/sign-in")
    sign_in, banner = page.get_by_role("tabpanel").get_by_role("button", name="Sign in"), page.locator("p.outage")
    tell = "words => { window.told = { version: String(Math.random()), words } }"
    before = "" if words else "The booking service does not answer."
    page.evaluate(tell, before)
    expect(banner).to_have_text(before, timeout=PATIENCE_MS)
    sign_in.hover()
    page.mouse.down()
    page.evaluate(tell, words)
    page.wait_for_timeout(1500)  # as long as a person presses a button, who may take their time
    page.mouse.up()
    expect(page.get_by_text("Not sent yet")).to_be_visible(timeout=PATIENCE_MS)
    expect(banner).to_have_text(words, timeout=PATIENCE_MS)
