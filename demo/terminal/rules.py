"""The end of the run: the rules that were checked across all services."""

from __future__ import annotations

from collections.abc import Callable

from demo.terminal.narrator import Narrator
from tests.support.environment import Environment
from tests.support.invariants import RULES, check_at_rest
from tests.support.rules import money, seats, story
from tests.support.rules.violation import Violations
from tests.support.snapshot import Snapshot

SENTENCES: dict[Callable[[Snapshot], Violations], str] = {
    seats.seats_have_one_booking: "A seat has at most one live booking.",
    seats.nobody_is_passed_over: "No seat is open while somebody waits for it, and queues keep their order.",
    money.live_bookings_have_hold_and_invoice: "A live booking has the organizer's hold and an invoice.",
    money.paid_invoices_have_their_booking: "Money is kept only for a booking that is booked.",
    money.ended_bookings_leave_nothing: "A booking that has ended leaves no hold and no invoice to pay.",
    money.holds_have_their_booking: "Every hold at an organizer belongs to a booking.",
    story.client_tells_the_same_story: "Client and ticket agree about every booking.",
    story.client_knows_the_queue: "Client and ticket agree about every place in a queue.",
    story.webhooks_have_arrived: "Every change was published, and its webhook arrived or is a visible dead letter.",
    story.nothing_is_stuck: "Every state that is not final has a deadline and something that acts on it.",
}
"""Every rule of the checker, in a sentence for people."""


def check_rules(narrator: Narrator, environment: Environment) -> None:
    """Reads every database, the organizers and the bucket; raises `InvariantsBroken` if a rule does not hold."""
    narrator.heading("What must always hold", "compares three databases, the organizers' holds and the bucket")
    with narrator.waiting("everything comes to rest and is compared"):
        seen = check_at_rest(environment)
    deliveries = len(seen.ticket_deliveries) + len(seen.payment_deliveries)
    counts = (
        f"{len(seen.seats):,} seats · {len(seen.bookings)} bookings · {len(seen.invoices)} invoices · "
        f"{len(seen.holds)} organizer holds · {len(seen.documents)} PDFs · {len(seen.entries)} places in queues · "
        f"{deliveries} webhooks"
    )
    narrator.fact("compared", counts)
    narrator.table("Rules", ("rule", ""), [(SENTENCES[rule], "[green]holds[/]") for rule in RULES])
