"""`growth`: how many holds a second ticket makes beside a million past bookings, compared with an empty database.

Both databases have a server and a ticket service of their own; their rounds take turns, and so does who goes first.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import asdict, dataclass

from bench import hold
from bench.figures import Figures, Round
from bench.report import show
from bench.scratch_database import SEED_EVENT, SEED_ORGANIZER, ScratchDatabase, scratch_database
from bench.service import TicketService, ticket_service

PAST_EVENT = "{number:08x}-1111-4000-8000-000000000001"
SEATS = """
INSERT INTO seats (id, event_id, section, row, number, price, status, booking_id)
SELECT gen_random_uuid(), %(event)s, 'A', (k / 100)::text, k %% 100 + 1, 100000, 'BOOKED', gen_random_uuid()
FROM generate_series(0, %(count)s - 1) k
"""
BOOKINGS = """
INSERT INTO bookings (id, version, event_id, customer_id, customer_name, customer_email, origin, status, amount,
    currency, invoice_number, invoice_version, document_kind, document_key, document_sha256)
SELECT booking_id, 4, event_id, gen_random_uuid(), 'Past Buyer', 'past@example.com', 'DIRECT', 'BOOKED', price, 'IDR',
    'INV-' || booking_id, 2, 'CONFIRMATION', 'tickets/' || booking_id, repeat('0', 64)
FROM seats WHERE event_id = %(event)s
"""
BOOKED_SEATS = """
INSERT INTO booking_seats (booking_id, seat_id, section, row, number, price)
SELECT booking_id, id, section, row, number, price FROM seats WHERE event_id = %(event)s
"""
AUDIT = """
INSERT INTO audit_entries (subject_type, subject_id, booking_id, actor, action, from_status, to_status)
SELECT 'booking', booking_id, booking_id, 'payment-webhook', 'PAY', 'AWAITING_PAYMENT', 'BOOKED'
FROM seats WHERE event_id = %(event)s
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """In the full database, `past` bookings of one seat were paid, `of_one_event` at each event."""

    past: int = 1_000_000
    of_one_event: int = 20_000
    rounds: int = 6
    hold_seconds: int = 3

    @property
    def hold(self) -> hold.Plan:
        """One measurement of one side."""
        return hold.Plan(scope="hold", seconds=self.hold_seconds)


QUICK = Plan(past=40_000, rounds=2, hold_seconds=2)


def run(*, quick: bool) -> None:
    """Measures, prints a table and stores it with a plot."""
    plan = QUICK if quick else Plan()
    with ExitStack() as stack:
        full, empty = (_Side(stack, plan.hold) for _ in range(2))
        _fill(full.database, plan)
        for side in (full, empty):
            side.rate(plan.hold, 0)
        rounds = [_round(full, empty, plan.hold, number) for number in range(1, plan.rounds + 1)]
    conditions = {**asdict(plan), "cores": os.cpu_count(), "load_average": round(os.getloadavg()[0], 1)}
    show(
        Figures("growth", f"holds beside {plan.past:,} past bookings", "holds in an empty database", rounds, conditions)
    )


class _Side:
    database: ScratchDatabase
    service: TicketService

    def __init__(self, stack: ExitStack, plan: hold.Plan) -> None:
        self.database = stack.enter_context(scratch_database())
        self.service = stack.enter_context(
            ticket_service(self.database, scope=plan.scope, processes=plan.processes, pool=plan.connections)
        )

    def rate(self, plan: hold.Plan, number: int) -> float:
        block = self.database.make_block(number + 1, plan.seats)
        self.database.settle()
        return hold.rate(self.database, self.service, plan, block, hold.Observed())


def _round(full: _Side, empty: _Side, plan: hold.Plan, number: int) -> Round:
    if number % 2:
        measured = full.rate(plan, number)
        return Round(measured, empty.rate(plan, number))
    reference = empty.rate(plan, number)
    return Round(full.rate(plan, number), reference)


def _fill(database: ScratchDatabase, plan: Plan) -> None:
    with database.connection(autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(SEED_ORGANIZER)
        for number in range(-(-plan.past // plan.of_one_event)):
            event = PAST_EVENT.format(number=number)
            cursor.execute(SEED_EVENT, {"event": event})
            for statement in (SEATS, BOOKINGS, BOOKED_SEATS, AUDIT):
                cursor.execute(statement, {"event": event, "count": plan.of_one_event})
        cursor.execute("VACUUM ANALYZE")
