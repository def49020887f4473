"""Comments of columns in plain words; the audit says REASSIGN for HAND_OVER, and worker for sweeper.

The previous release reads neither word, and both may still come from it while replicas are exchanged.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

COMMENTS = {
    "organizers.base_url": (
        "the organizer's own system; holds are asked at {base_url}/holds",
        "address of the organizer's own system; holds are requested at {base_url}/holds",
    ),
    "events.cancelled_at": (
        "set by staff; every booking is then cancelled by a worker",
        "set by staff; a worker then cancels every booking",
    ),
    "seats.place_key": (
        "of section and row; seats that look alike have one. Null for one that is older than the rule",
        "key of section and row, equal for labels that look alike; null for seats older than this rule",
    ),
    "seats.booking_id": (
        "the booking that has the seat; every change names the one it believes in",
        "the booking that has the seat; every change names the booking that it expects",
    ),
    "bookings.version": (
        "grows with every change that others are told of",
        "grows with every published change",
    ),
    "bookings.request_hash": (
        "of the body that made it, for idempotent repeats",
        "hash of the request's body, to recognise a repeat",
    ),
    "bookings.invoice_version": (
        "newest heard of; older ones are ignored",
        "newest version received from payment; older events are ignored",
    ),
    "bookings.declines": (
        "by the organizer, of a promotion from the queue",
        "how often the organizer has declined this promotion from the queue",
    ),
    "bookings.next_step_at": (
        "when a worker looks at it next; null once nothing is left to do",
        "when the next step is due; null once nothing is left to do",
    ),
    "bookings.released_at": (
        "organizer and payment have confirmed; the seats were handed on",
        "when organizer and payment had confirmed the release and the seats were reassigned or opened",
    ),
    "booking_seats.price": (
        "as sold, whatever the seat's price becomes later",
        "the price at the time of the booking; a later change of the seat's price does not change it",
    ),
    "booking_seats.live": (
        "false once the seat was handed on",
        "false once the seat was reassigned or opened",
    ),
    "waitlist_entries.booking_id": (
        "the booking that the seat passed to",
        "the booking to which the seat was reassigned",
    ),
    "waitlist_entries.positions_due_at": (
        "once it has left the line: when those behind it are told; null when done",
        "when the new positions behind it are published; null while it is in the queue, and once done",
    ),
    "audit_entries.booking_id": (
        "the booking in whose story this belongs, if any",
        "the booking whose timeline shows this entry, if any",
    ),
    "audit_entries.actor": (
        "who or what caused it: a service key's name, sweeper, payment-webhook, …",
        "what caused the change: the name of a service key, worker, payment-webhook, …",
    ),
    "event_operations.next_step_at": (
        "when a worker goes on; null once done",
        "when a worker continues; null once done",
    ),
    "work_failures.loop": (
        "domain/work.py",
        "the kind of work (domain/work.py)",
    ),
    "work_failures.item": (
        "the newest that failed",
        "the item that failed last",
    ),
}
"""The comment of each column before and after."""
WORDS = {"action": ("HAND_OVER", "REASSIGN"), "actor": ("sweeper", "worker")}


def _change(before: int, after: int) -> None:
    for name, comments in COMMENTS.items():
        table, column = name.split(".")
        op.alter_column(table, column, comment=comments[after], existing_comment=comments[before])
    for column, words in WORDS.items():
        rows = sa.table("audit_entries", sa.column(column))
        op.execute(rows.update().where(rows.c[column] == words[before]).values({column: words[after]}))


def upgrade() -> None:
    _change(0, 1)


def downgrade() -> None:
    _change(1, 0)
