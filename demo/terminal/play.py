"""The whole narrated run."""

from __future__ import annotations

from rich.console import Console

from demo.outcomes import chosen_outcomes
from demo.stage import Stage
from demo.terminal.bookings import narrate_declined_booking, narrate_failed_payment, narrate_paid_booking
from demo.terminal.narrator import Narrator
from demo.terminal.queue import narrate_queue
from demo.terminal.rules import check_rules
from tests.support.environment import Environment

READING_SECONDS = 1.0


def play(environment: Environment, *, fast: bool) -> None:
    """Runs every part on the stack of `environment`, without pauses if `fast`.

    Raises `DemoFailure`, `ProblemError` or `AssertionError` if a part does not end as it should. It restores the
    simulators' settings in any case.
    """
    narrator = Narrator(Console(highlight=False), 0 if fast else READING_SECONDS)
    stage = Stage(environment)
    try:
        with chosen_outcomes(stage.organizer, stage.payment) as outcomes:
            _introduce(narrator, environment)
            event, seats = stage.event_with_open_seats()
            holder = stage.buyer("Ayu Lestari")
            booking = narrate_paid_booking(narrator, stage, holder, event, seats[0])
            narrate_declined_booking(narrator, stage, outcomes, event, seats[1])
            narrate_failed_payment(narrator, stage, outcomes, event, seats[1])
            narrate_queue(narrator, stage, holder, booking, seats[0])
            check_rules(narrator, environment)
    finally:
        stage.close()
    narrator.out.print("\n[bold green]✓ Every rule holds.[/] The failure rates are as they were before.\n")


def _introduce(narrator: Narrator, environment: Environment) -> None:
    narrator.heading("The ticketing platform", "a seat is never sold twice, no money is lost, nobody is passed over")
    rows = [
        ("dashboard (Streamlit)", environment.frontend_url, "people; talks to client only"),
        ("client (Django)", environment.client_url, "users, their bookings, notifications"),
        ("ticket (FastAPI)", environment.ticket_url, "events, seats, bookings, queue, PDFs"),
        ("payment (aiohttp)", environment.payment_url, "invoices, asynchronous payment, webhooks"),
        ("organizer simulator", environment.organizer_url, "the systems of those who own the seats"),
        ("object store (S3)", environment.s3_endpoint, "PDFs, by presigned link"),
    ]
    narrator.table("Who is who, each with a database of its own", ("service", "address", "keeps"), rows)
