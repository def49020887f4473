"""The platform in containers: `docker compose up`, the dashboard, MinIO's console, the mail. Filmed before all else."""

from __future__ import annotations

import httpx
from playwright.sync_api import Browser
from rich.console import Console

from demo.film.camera import Camera
from demo.film.compose_stack import ContainerStack, container_stack
from demo.film.person import Person
from demo.film.shoot import EVENT, STAFF_COLOUR, highlighted
from demo.film.tape import ContainerTapes
from demo.film.typesetter import Typesetter
from demo.outcomes import chosen_outcomes
from demo.stage import Stage, pay
from tests.support.client_api import Booking

RUN_CHAPTER, STAFF_CHAPTER = "How to run it", "Staff, and the stored PDFs"
BUYER = "Gita Pertiwi"
MAIL_PAGE_SECONDS = 10
CAPTIONS = (
    "Or with Docker: <b>docker compose up</b> migrates, seeds, and waits until everything is healthy.",
    "Each service has a PostgreSQL of its own; migrations and seeds have done their work and ended.",
    "And it says where to click.",
)


def film_containers(browser: Browser, typesetter: Typesetter) -> ContainerTapes:
    """Starts the stack, films it and removes it."""
    tapes = ContainerTapes()
    with container_stack() as stack:
        _start(Camera(tapes.start, typesetter), browser, stack)
        _console(Camera(tapes.console, typesetter), browser, stack, _paid_booking(stack))
    return tapes


def _start(camera: Camera, browser: Browser, stack: ContainerStack) -> None:
    camera.chapter(RUN_CHAPTER)
    for caption, printed in zip(CAPTIONS, stack.start, strict=True):
        camera.caption(caption)
        camera.terminal(printed.command, highlighted(printed.output), lines_per_second=16, hold=3)
    visitor = Person(browser, camera, "Visitor", STAFF_COLOUR)
    try:
        camera.caption("The dashboard, out of its container.")
        visitor.open(stack.environment.frontend_url, visitor.page.get_by_text("Find your event"))
        visitor.link("Choose seats").first.wait_for()
        visitor.settle()
        visitor.look(3)
    finally:
        visitor.close()


def _paid_booking(stack: ContainerStack) -> Booking:
    """A seat booked and paid through the containers' APIs, with its PDF."""
    stage = Stage(stack.environment)
    try:
        with chosen_outcomes(stage.organizer, stage.payment):
            buyer = stage.buyer(BUYER)
            event = next(event for event in buyer.events() if event.name.startswith(EVENT))
            seat = next(seat for seat in stage.ticket.seats(event.id) if seat.status == "OPEN")
            booking = buyer.book(event.id, [seat.id])
            pay(booking)
            booked = stage.await_status(buyer, booking.id, "BOOKED")
            stage.await_document(buyer, booking.id)
            return booked
    finally:
        stage.close()


def _console(camera: Camera, browser: Browser, stack: ContainerStack, booking: Booking) -> None:
    camera.chapter(STAFF_CHAPTER)
    operator = Person(browser, camera, "Operator", STAFF_COLOUR)
    try:
        _sign_in_to_minio(camera, operator, stack)
        camera.caption("The bucket of the stack in containers: the PDF of a booking that has just been paid.")
        bucket = stack.environment.s3_bucket
        folder = f"{stack.console_url}/browser/{bucket}/bookings%2F{booking.id}%2F"
        operator.open(folder, operator.page.get_by_text(".pdf"))
        operator.look(4)
        _mail(camera, operator, stack)
    finally:
        operator.close()


def _mail(camera: Camera, operator: Person, stack: ContainerStack) -> None:
    try:
        httpx.get(stack.mail_url, timeout=MAIL_PAGE_SECONDS).raise_for_status()
    except httpx.HTTPError as error:
        # The image of Mailpit may be replaced by a mail server that has no page.
        Console(highlight=False).print(f"[yellow]·[/] the mail is not filmed, its page does not answer: {error}")
        return
    camera.caption("The same PDF went to the buyer by e-mail; Mailpit catches it.")
    operator.open(stack.mail_url, operator.page.get_by_text(BUYER.split(maxsplit=1)[0].lower()))
    operator.look(3)


def _sign_in_to_minio(camera: Camera, operator: Person, stack: ContainerStack) -> None:
    user, password = stack.console_login
    camera.caption("MinIO's console, where operators see the PDFs. Services have a key of their own, for this bucket.")
    operator.open(f"{stack.console_url}/login", operator.page.locator("#accessKey"))
    operator.fill(operator.page.locator("#accessKey"), user)
    operator.fill(operator.page.locator("#secretKey"), password)
    operator.click(operator.page.locator("button[type=submit]"))
    operator.page.get_by_text(stack.environment.s3_bucket, exact=True).first.wait_for()
    license_note = operator.page.get_by_role("button", name="Acknowledge")
    if license_note.count():
        license_note.click()
    operator.look(2)
