"""The end: what was checked across all services."""

from __future__ import annotations

from rich.markup import escape

from demo.terminal.narrator import Narrator
from tests.support.environment import Environment
from tests.support.invariants import RULES, check_at_rest


def kept_promises(tell: Narrator, environment: Environment) -> None:
    """Reads every database, the organizers and the bucket; raises `InvariantsBroken` if a rule does not hold."""
    tell.heading("What must always hold", "three databases, the organizers' holds and the bucket, laid side by side")
    with tell.waiting("everything comes to rest and is compared"):
        seen = check_at_rest(environment)
    deliveries = len(seen.ticket_deliveries) + len(seen.payment_deliveries)
    counts = (
        f"{len(seen.seats):,} seats · {len(seen.bookings)} bookings · {len(seen.invoices)} invoices · "
        f"{len(seen.holds)} organizer holds · {len(seen.documents)} PDFs · {len(seen.entries)} places in queues · "
        f"{deliveries} webhooks"
    )
    tell.fact("compared", counts)
    rows = [(_meaning(rule.__doc__ or ""), "[green]holds[/]") for rule in RULES]
    tell.table("Rules", ("rule", ""), rows)


def _meaning(docstring: str) -> str:
    return escape(docstring.strip().splitlines()[0].replace("`", ""))
