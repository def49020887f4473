"""A buyer on the dashboard: a seat bought, one declined, one whose payment fails."""

from __future__ import annotations

import re
from uuid import uuid4

from playwright.sync_api import Locator

from demo.film.person import Person
from demo.film.shoot import BUYER_COLOUR, HALL_SECTION, Shoot
from demo.stage import PASSWORD

BUYER = "Ayu Lestari"


def seat(person: Person, row: str, number: int) -> Locator:
    """A seat of the map."""
    return person.page.get_by_role("gridcell", name=re.compile(rf"^{HALL_SECTION}, row {row}, seat {number}\b"))


def seat_map(person: Person) -> Locator:
    return person.page.get_by_role("grid", name=re.compile("Seat map"))


def registration(shoot: Shoot) -> None:
    """A visitor makes an account."""
    camera, ayu = shoot.camera, shoot.visitor(BUYER, BUYER_COLOUR)
    camera.chapter("A booking that succeeds")
    camera.caption("The dashboard: anyone can look around.")
    ayu.open(shoot.address("/"), ayu.page.get_by_text("Find your event"))
    ayu.link("Choose seats").first.wait_for()
    ayu.settle()
    ayu.look(3)
    camera.poster()
    camera.caption("Ayu makes an account.")
    ayu.click(ayu.link("Sign in"))
    ayu.click(ayu.page.get_by_role("tab", name="Create an account"))
    form = ayu.page.get_by_role("tabpanel").filter(has=ayu.page.get_by_label("Your name"))
    ayu.fill(form.get_by_label("Your name"), BUYER)
    ayu.fill(form.get_by_label("Email"), f"ayu-{uuid4().hex[:6]}@example.com")
    ayu.fill(form.get_by_label("Password", exact=True), PASSWORD)
    ayu.click(form.get_by_role("button", name="Create account"))
    ayu.link("My bookings").first.wait_for()
    ayu.settle()


def success(shoot: Shoot) -> str:
    """Seat, hold, invoice, payment, PDF; answers the booking's id."""
    camera, ayu = shoot.camera, shoot.visitor(BUYER, BUYER_COLOUR)
    camera.caption("The seat map is live: open, on going (somebody is buying it), booked.")
    ayu.click(ayu.page.locator(f'a[href*="{shoot.event.id}"]'))
    seat_map(ayu).wait_for()
    ayu.settle()
    ayu.look(2)
    ayu.scroll(220, 2)
    choose_and_book(
        shoot,
        ayu,
        "B",
        6,
        "Ayu books seat B-6. While she waits, ticket asks the organizer, then payment for an invoice.",
    )
    camera.caption("The seat is held: <b>ON GOING</b>, <b>AWAITING PAYMENT</b>, with the time that is left to pay.")
    ayu.look(3.5)
    pay(
        shoot,
        ayu,
        "Paid",
        "The payment page belongs to the payment service; it works in the background and then calls ticket's webhook.",
    )
    camera.caption("<b>BOOKED.</b> Ticket has told client by a signed webhook; the page noticed by itself.")
    ayu.watch_until(ayu.page.get_by_text("Your ticket"))
    ayu.look(2.5)
    camera.caption("The PDF comes from the object store by a presigned link that is valid for five minutes.")
    ayu.look_at(ayu.page.get_by_text("Your ticket"), 1)
    ayu.look_at(ayu.page.get_by_text("Download PDF"), 3)
    ayu.look(2)
    camera.caption("Every step is recorded, across all services.")
    ayu.click(ayu.page.get_by_text("What happened, step by step"))
    ayu.look_at(ayu.page.locator(".steps li").last, 5)
    return str(re.findall(r"id=([0-9a-f-]{36})", ayu.page.url)[0])


def choose_and_book(shoot: Shoot, person: Person, row: str, number: int, caption: str) -> None:
    """Chooses an open seat and books it, until it can be paid."""
    choose(shoot, person, row, number, caption)
    person.point(person.button("Book for"))
    person.button("Book for").first.click()
    person.watch_until(person.link("Pay .* now"))


def choose(shoot: Shoot, person: Person, row: str, number: int, caption: str) -> None:
    """Chooses an open seat on the map that is shown."""
    shoot.camera.caption(caption)
    person.click(seat(person, row, number))
    person.button("Book for").first.wait_for()
    person.settle()
    person.look(1)


def pay(shoot: Shoot, person: Person, outcome: str, caption: str) -> None:
    """Pays on the hosted page, and comes back when the outcome is there."""
    with person.other_tab(person.link("Pay .* now")):
        shoot.camera.caption(caption)
        person.look(3)
        person.point(person.button("^Pay "))
        person.button("^Pay ").first.click()
        person.watch_until(person.page.locator('[role="status"] h2').filter(has_text=re.compile(outcome)))
        person.look(2)


def decline(shoot: Shoot) -> None:
    """The organizer says no."""
    camera, ayu = shoot.camera, shoot.visitor(BUYER, BUYER_COLOUR)
    camera.chapter("A booking that the organizer declines")
    shoot.outcomes.next_hold_is_declined()
    ayu.open(shoot.event_address, seat_map(ayu))
    choose(
        shoot,
        ayu,
        "B",
        4,
        "Organizers decline 20 % of the holds at random; here the next one is forced to be declined.",
    )
    ayu.point(ayu.button("Book for"))
    ayu.button("Book for").first.click()
    ayu.watch_until(ayu.link("See this booking"))
    camera.caption("<b>Declined.</b> The seat is open again at once, nothing was charged, and Ayu may try again.")
    ayu.look(3.5)
    camera.caption("The failed booking is in her history, with the reason.")
    ayu.click(ayu.link("See this booking"))
    ayu.page.get_by_text("Failed").first.wait_for()
    ayu.settle()
    ayu.look(4)


def failed_payment(shoot: Shoot) -> None:
    """The payment fails."""
    camera, ayu = shoot.camera, shoot.visitor(BUYER, BUYER_COLOUR)
    camera.chapter("A booking whose payment fails")
    shoot.outcomes.next_payment_fails()
    ayu.open(shoot.event_address, seat_map(ayu))
    choose_and_book(shoot, ayu, "B", 5, "Payments fail in 10 % of the cases; the next one is forced to fail.")
    pay(
        shoot,
        ayu,
        "failed",
        "The outcome is drawn once, stored, and told by a webhook that is repeated until it is taken.",
    )
    camera.caption(
        "<b>FAILED</b>: the hold is released at the organizer, the seat opens, and a notice is written as PDF."
    )
    ayu.watch_until(ayu.page.get_by_text("Notice about this booking"))
    ayu.look(4)
    camera.caption("Her history keeps all three: one booked, two failed, each with its reason.")
    ayu.click(ayu.link("My bookings"))
    ayu.page.get_by_text("3 bookings").wait_for()
    ayu.settle()
    ayu.look(4)
