"""Title, how to run it, architecture."""

from __future__ import annotations

from pathlib import Path

import yaml

from demo.film.own_stack import REPOSITORY
from demo.film.shoot import Shoot, highlighted

DRAWING = (Path(__file__).parents[1] / "architecture.svg").read_text(encoding="utf-8")

TITLE = """
<h1>Ticketing platform</h1>
<p>Seats of events that others organize: booked, paid, handed on.</p>
<ul>
  <li>a seat is <em>never sold twice</em></li>
  <li>nobody pays without getting <em>the seat or the money back</em></li>
  <li>nobody who queues is <em>passed over</em></li>
</ul>
"""
STATES = """
<h2>States</h2>
<table>
  <tr><th>seat</th>
    <td><code>OPEN → ON GOING → BOOKED</code>, back to <code>OPEN</code>, or straight to the next in line</td></tr>
  <tr><th>booking</th>
    <td><code>HOLDING → AWAITING_PAYMENT → BOOKED</code>, or <code>FAILED · EXPIRED · CANCELLED</code></td></tr>
  <tr><th>invoice</th>
    <td><code>PENDING → PROCESSING → PAID | FAILED</code>, <code>VOID</code>, <code>REFUNDED</code></td></tr>
  <tr><th>queue</th>
    <td><code>WAITING → OFFERED → FULFILLED | LAPSED</code>, or <code>LEFT</code></td></tr>
</table>
<p>One id names a booking everywhere: in client and ticket, as the organizer's hold and as the invoice's reference.</p>
"""


def opening(shoot: Shoot) -> None:
    """What this is."""
    shoot.camera.chapter("The platform")
    shoot.camera.caption(
        "Three services, three databases, and failures on purpose. All that follows is <b>running</b>."
    )
    shoot.camera.slide(TITLE, 5)


def how_to_run(shoot: Shoot) -> None:
    """`./dev up`, what runs then, and compose."""
    camera = shoot.camera
    camera.chapter("How to run it")
    camera.caption(
        "On a bare machine: <b>./dev up</b> needs Python, and nothing else. This is how this film's stack was started."
    )
    camera.terminal("./dev up", highlighted(shoot.stack.hide_secrets(shoot.stack.started)), hold=5)
    camera.caption("Every process runs under a supervisor: one that dies is started again.")
    camera.terminal("./dev status", highlighted(shoot.stack.dev("status")), lines_per_second=12, hold=3)
    camera.caption(
        "Or with Docker: <b>docker compose up --build</b> starts these, each service with a PostgreSQL of its own."
    )
    camera.slide(f"<h2><code>docker compose up --build</code></h2><div class='columns'>{_compose_table()}</div>", 8)


def _compose_table() -> str:
    services = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    names = list(services)
    half = (len(names) + 1) // 2
    return "".join(
        "<table style='break-inside:avoid'>" + "".join(_compose_row(name, services[name]) for name in part) + "</table>"
        for part in (names[:half], names[half:])
    )


def _compose_row(name: str, service: dict[str, object]) -> str:
    image = str(service.get("image", "")).split("@", 1)[0].replace(":RELEASE", "<br>:RELEASE")
    return f"<tr><th>{name}</th><td>{image}{' (built)' if 'build' in service else ''}</td></tr>"


def architecture(shoot: Shoot) -> None:
    """Who talks to whom, and the states."""
    camera = shoot.camera
    camera.chapter("Architecture")
    camera.caption(
        "Services share contracts, never code or tables. Buyer to hold is synchronous; payment and webhooks are not."
    )
    camera.slide(DRAWING, 9)
    camera.caption("Each state machine stands in one file; the database enforces it again.")
    camera.slide(STATES, 7)
