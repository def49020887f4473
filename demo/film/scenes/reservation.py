"""The reservation: three people, one seat."""

from __future__ import annotations

import re

from demo.failures import DemoFailure
from demo.film.person import Person
from demo.film.scenes.buying import BUYER, pay, seat, seat_map
from demo.film.shoot import BUYER_COLOUR, FIRST_COLOUR, SECOND_COLOUR, Shoot
from demo.seat_watch import SeatWatch
from tests.support.client_api import Seat

FIRST, SECOND = "Bima Putra", "Citra Dewi"


def reservation(shoot: Shoot, booking_id: str, taken: Seat) -> None:
    """Ayu's booked seat is queued for, cancelled, offered, and paid for by the first in line."""
    shoot.camera.chapter("The reservation: a queue for a taken seat")
    bima, _ = shoot.signed_in(FIRST, FIRST_COLOUR)
    citra, _ = shoot.signed_in(SECOND, SECOND_COLOUR)
    _join(
        shoot,
        bima,
        1,
        "Another buyer, another browser: Bima wants seat B-6, which Ayu has paid for. He joins its queue.",
    )
    _join(shoot, citra, 2, "Citra wants the same seat: she is second.")
    _queue_page(bima)
    with SeatWatch(shoot.stack.environment.ticket_database_url, taken.id) as watch:
        _cancel(shoot, booking_id)
        _take_offer(shoot, bima)
    if watch.was_open:
        raise DemoFailure("The seat was seen OPEN while others were waiting for it.")
    _second_moves_up(shoot, citra)
    _sights(shoot, watch, {booking_id: "Ayu"})


def _join(shoot: Shoot, person: Person, place: int, caption: str) -> None:
    shoot.camera.caption(caption)
    person.open(shoot.event_address, seat_map(person))
    person.look(1.5)
    person.point(seat(person, "B", 6))
    seat(person, "B", 6).click()
    person.button("Join the queue").first.wait_for()
    person.settle()
    person.look(2.5)
    person.click(person.button("Join the queue"))
    person.page.get_by_text(re.compile(f"number {place}")).first.wait_for()
    person.settle()
    person.look(2.5)


def _queue_page(person: Person) -> None:
    person.page.get_by_role("link", name="To my queue").first.click()
    person.page.get_by_text(re.compile("Number 1 in line")).first.wait_for()
    person.settle()


def _cancel(shoot: Shoot, booking_id: str) -> None:
    camera, ayu = shoot.camera, shoot.visitor(BUYER, BUYER_COLOUR)
    camera.caption("Ayu cancels her paid booking. She is told what happens to her money before she says yes.")
    ayu.open(shoot.address(f"/booking?id={booking_id}"), ayu.button("Cancel booking"))
    ayu.look(1)
    ayu.click(ayu.button("Cancel booking"))
    ayu.button("Yes, cancel it").first.wait_for()
    ayu.settle()
    ayu.look(3.5)
    ayu.point(ayu.button("Yes, cancel it"))
    ayu.button("Yes, cancel it").first.click()
    camera.caption(
        "Payment refunds her in the background; the organizer lets the old hold go; only then the seat passes on."
    )
    ayu.watch_until(ayu.page.get_by_text(re.compile("refunded in full")))
    ayu.look(3.5)


def _take_offer(shoot: Shoot, bima: Person) -> None:
    camera = shoot.camera
    camera.caption("Bima's page changes by itself: the seat is <b>offered to him</b>, and kept while the clock runs.")
    bima.watch_until(bima.link("Pay .* now"))
    bima.look(4)
    pay(
        shoot, bima, "Paid", "Bima pays. Nobody could get in between: the seat went from Ayu's booking straight to his."
    )
    camera.caption("<b>BOOKED</b>, with a ticket of his own.")
    bima.watch_until(bima.page.get_by_text("What became of your offer"))
    bima.open(shoot.address("/bookings"), bima.page.get_by_text("1 booking"))
    bima.look(1)
    bima.click(bima.link("See|Open|Show|Details"))
    bima.page.get_by_text("Your ticket").wait_for()
    bima.settle()
    bima.look(3)


def _second_moves_up(shoot: Shoot, citra: Person) -> None:
    shoot.camera.caption("Citra has moved up: she is now first in line for that seat.")
    citra.open(shoot.address("/queue"), citra.page.get_by_text(re.compile("Number 1 in line")))
    citra.look(3)


def _sights(shoot: Shoot, watch: SeatWatch, owners: dict[str, str]) -> None:
    rows = "".join(
        f"<tr><td>{sight.seconds:.2f} s</td><td><code>{sight.status.replace('_', ' ')}</code></td>"
        f"<td>{owners.get(sight.booking_id or '', 'Bima')}</td></tr>"
        for sight in watch.sights
    )
    shoot.camera.caption("All that time the seat's row in ticket's database was read: it was <b>never OPEN</b>.")
    shoot.camera.slide(
        f"<h2>Seat B-6, as seen in {watch.looks:,} looks</h2>"
        f"<table><tr><th>after</th><th>seat</th><th>belongs to</th></tr>{rows}</table>",
        6,
    )
