"""Title, how to run it, architecture."""

from __future__ import annotations

from pathlib import Path

from demo.film.scenes.containers import RUN_CHAPTER
from demo.film.shoot import Shoot, highlighted

DRAWING = (Path(__file__).parents[1] / "architecture.svg").read_text(encoding="utf-8")

TITLE = """
<h1>Ticketing platform</h1>
<p>Seats of events that others organize: booked, paid, passed on.</p>
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
    """`./dev up`, what runs then, and `docker compose up`."""
    camera = shoot.camera
    camera.chapter(RUN_CHAPTER)
    camera.caption(
        "On a bare machine: <b>./dev up</b> needs Python, and nothing else. This is how this film's stack was started."
    )
    camera.terminal("./dev up", highlighted(shoot.stack.hide_secrets(shoot.stack.started)), hold=5)
    camera.caption("Every process runs under a supervisor: one that dies is started again.")
    camera.terminal("./dev status", highlighted(shoot.stack.dev("status")), lines_per_second=12, hold=3)
    camera.play(shoot.containers.start)


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
