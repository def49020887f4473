"""`./dev demo --record`: everything from an empty folder to the finished film."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from rich.console import Console

from demo.failures import DemoFailure
from demo.film.camera import Camera
from demo.film.chapters import write_chapters
from demo.film.own_stack import FilmedStack, filmed_stack
from demo.film.reel import Reel
from demo.film.scenes import buying, closing, opening, reservation, services
from demo.film.scenes.containers import film_containers
from demo.film.shoot import EVENT, HALL_SECTION, Shoot
from demo.film.tape import ContainerTapes
from demo.film.typesetter import Typesetter
from demo.outcomes import chosen_outcomes
from demo.stage import Stage, pay
from devstack import chromium
from tests.support.client_api import Event, Seat

MOST_SECONDS, MOST_BYTES = 600, 15_000_000
OTHERS = {"A": (3, 4, 7), "B": (2, 3, 8)}
"""Seats that other people have taken before the film begins."""

out = Console(highlight=False)


def make_film(output: Path) -> None:
    """Starts a stack in containers, then one on the bare machine, films both, writes the film and its poster.

    Raises `DemoFailure` when this machine lacks a browser or a Docker engine, or when what is filmed does not happen.
    """
    browser_path = chromium.installed()
    if browser_path is None:
        raise DemoFailure(f"The film needs a Chromium on PATH: one of {', '.join(chromium.PROGRAMS)}.")
    with tempfile.TemporaryDirectory(prefix="ticketing-film-") as folder, _browser(browser_path) as browser:
        with _step("a stack in containers"):
            containers = film_containers(browser, Typesetter(browser))
        reel = Reel(Path(folder))
        try:
            with _step("a stack for the film"), filmed_stack() as stack:
                _film(stack, browser, reel, containers)
            reel.finish(output)
        finally:
            reel.close()
    write_chapters(output, reel)
    _judge(output, reel)


@contextmanager
def _browser(path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=chromium.ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def _step(what: str) -> Iterator[None]:
    out.print(f"· {what}")
    yield


def _film(stack: FilmedStack, browser: Browser, reel: Reel, containers: ContainerTapes) -> None:
    stage = Stage(stack.environment)
    try:
        with chosen_outcomes(stage.organizer, stage.payment) as outcomes:
            event, seats = _hall(stage)
            camera = Camera(reel, Typesetter(browser))
            shoot = Shoot(camera, browser, stack, stage, outcomes, event, containers)
            try:
                _scenes(shoot, next(seat for seat in seats if _is_in(seat, "B", 6)))
            finally:
                shoot.close()
    finally:
        stage.close()


def _scenes(shoot: Shoot, taken: Seat) -> None:
    for name, scene in (
        ("title", opening.opening),
        ("how to run", opening.how_to_run),
        ("architecture", opening.architecture),
        ("APIs", services.interfaces),
        ("Django admin", services.django_admin),
        ("registration", buying.registration),
    ):
        with _step(name):
            scene(shoot)
    with _step("a booking that succeeds"):
        booking_id = buying.success(shoot)
    with _step("a declined booking"):
        buying.decline(shoot)
    with _step("a failed payment"):
        buying.failed_payment(shoot)
    with _step("the reservation"):
        reservation.reservation(shoot, booking_id, taken)
    with _step("staff"):
        closing.staff_pages(shoot)
    for name, scene in (
        ("the stored PDFs", closing.stored_documents),
        ("Postman", closing.postman),
        ("a crash", closing.crash),
        ("promises", closing.promises),
    ):
        with _step(name):
            scene(shoot)


def _hall(stage: Stage) -> tuple[Event, list[Seat]]:
    """The event of the film, with some seats taken and others being bought."""
    event = next(event for event in stage.buyer("Rina Hapsari").events() if event.name.startswith(EVENT))
    seats = stage.ticket.seats(event.id)
    for row, numbers in OTHERS.items():
        for number in numbers:
            seat = next(seat for seat in seats if _is_in(seat, row, number))
            buyer = stage.buyer("Guest Buyer")
            booking = buyer.book(event.id, [seat.id])
            if number % 4:  # the others are still being paid
                pay(booking)
                stage.await_status(buyer, booking.id, "BOOKED")
    return event, seats


def _is_in(seat: Seat, row: str, number: int) -> bool:
    return (seat.section, seat.row, seat.number) == (HALL_SECTION, row, number)


def _judge(output: Path, reel: Reel) -> None:
    size = output.stat().st_size
    out.print(f"✓ {output}: {reel.seconds / 60:.1f} min, {size / 1e6:.1f} MB")
    if reel.seconds > MOST_SECONDS or size > MOST_BYTES:
        raise DemoFailure("The film is longer than ten minutes or larger than 15 MB.")
