"""What one paid booking leaves in the databases is counted exactly, so that it cannot grow unnoticed."""

from __future__ import annotations

from devstack.home import REPOSITORY
from tests.support.rows import rows_left_by
from tests.support.world import World

LEFT = {
    "client.bookings_booking": 1,
    "client.notifications_notification": 2,
    "ticket.bookings": 1,
    "ticket.booking_seats": 1,
    "ticket.audit_entries": 4,  # HOLD, CONFIRM, PAY, ISSUE_DOCUMENT
    "ticket.webhook_deliveries": 3,  # AWAITING_PAYMENT, BOOKED, its document
    "ticket.webhook_inbox": 1,
    "payment.invoices": 1,
    "payment.webhook_deliveries": 1,
}
STATED = "booking of one seat leaves {all} rows in the three databases (`./dev bench rows`): {month} of them are left"
AFTER_A_MONTH = ("client.", "ticket.booking", "ticket.audit", "payment.invoices")
"""Deliveries and the inbox are deleted within it."""


def test_a_paid_booking_of_one_seat_leaves_as_many_rows_as_is_stated(world: World) -> None:
    buyer = world.buyer()
    world.book_and_pay(buyer, 1)  # what is made once for each buyer or event
    left = rows_left_by(world.stack.environment, lambda: world.book_and_pay(buyer, 0))
    assert left == LEFT


def test_the_documents_say_how_many_rows_there_are() -> None:
    month = sum(rows for table, rows in LEFT.items() if table.startswith(AFTER_A_MONTH))
    operations = (REPOSITORY / "docs" / "operations.md").read_text(encoding="utf-8")
    assert STATED.format(all=sum(LEFT.values()), month=month) in operations
