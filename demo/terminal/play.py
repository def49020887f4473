"""The whole narrated run."""

from __future__ import annotations

from rich.console import Console

from demo.outcomes import chosen_outcomes
from demo.stage import Stage
from demo.terminal.buying import declined_booking, paid_booking, unpaid_booking
from demo.terminal.narrator import Narrator
from demo.terminal.promises import kept_promises
from demo.terminal.reservation import reservation
from tests.support.environment import Environment

READING_SECONDS = 1.0


def play(environment: Environment, *, fast: bool) -> None:
    """Plays every act on the stack of `environment`, without pauses if `fast`.

    Raises `DemoFailure`, `ProblemError` or `AssertionError` when the story does not go as told; what was forced is put
    back in any case.
    """
    tell = Narrator(Console(highlight=False), 0 if fast else READING_SECONDS)
    stage = Stage(environment)
    try:
        with chosen_outcomes(stage.organizer, stage.payment) as outcomes:
            _introduce(tell, environment)
            event, seats = stage.event_with_open_seats()
            holder = stage.buyer("Ayu Lestari")
            booking = paid_booking(tell, stage, holder, event, seats[0])
            declined_booking(tell, stage, outcomes, event, seats[1])
            unpaid_booking(tell, stage, outcomes, event, seats[1])
            reservation(tell, stage, holder, booking, seats[0])
            kept_promises(tell, environment)
    finally:
        stage.close()
    tell.out.print("\n[bold green]✓ Every promise was kept.[/] The failure rates are as they were before.\n")


def _introduce(tell: Narrator, environment: Environment) -> None:
    tell.heading("The ticketing platform", "a seat is never sold twice, no money is lost, nobody is passed over")
    rows = [
        ("dashboard (Streamlit)", environment.frontend_url, "people; talks to client only"),
        ("client (Django)", environment.client_url, "users, their bookings, notifications"),
        ("ticket (FastAPI)", environment.ticket_url, "events, seats, bookings, queue, PDFs"),
        ("payment (aiohttp)", environment.payment_url, "invoices, asynchronous payment, webhooks"),
        ("organizer simulator", environment.organizer_url, "the systems of those who own the seats"),
        ("object store (S3)", environment.s3_endpoint, "PDFs, by presigned link"),
    ]
    tell.table("Who is who, each with a database of its own", ("service", "address", "keeps"), rows)
