"""Cancels the waitlist entries, offers and unpaid bookings of closed accounts. Paid bookings stay.

Otherwise ticket would offer seats to people who are gone while others wait. A loop does this, not the closing of the
account: ticket may be unreachable at that time, and a promotion may arrive afterwards.
"""

from datetime import timedelta

from client.bookings.models import Booking
from client.bookings.services import booking_cancel, booking_refresh
from client.domain.booking import BookingStatus
from client.domain.waitlist import WaitlistStatus
from client.ticket_api import calls as ticket
from client.ticket_api.errors import TicketRefusedError
from client.waitlist.models import WaitlistEntry
from client.waitlist.services import waitlist_entry_mirror
from client.worker.item_loop import Backoff, IsStopping, process_each

BATCH = 50
# Ticket has to decide something else first. The next round tries again.
NOT_YET = frozenset({"booking-in-progress", "payment-in-progress", "payment-unavailable"})
_backoff = Backoff(first=timedelta(seconds=10), longest=timedelta(hours=1))


def closed_accounts_release(*, is_stopping: IsStopping = lambda: False) -> int:
    """Makes one round over all closed accounts. Returns how many entries and bookings ended."""
    items = _live_items()
    return process_each("closed accounts", items, _release, failed=_postpone, name=_name, is_stopping=is_stopping).done


def _live_items() -> list[WaitlistEntry | Booking]:
    # Staff may reopen a closed account; then it keeps what it has.
    closed = {"user__anonymised_at__isnull": False, "user__is_active": False}
    resting = _backoff.resting()
    live = WaitlistEntry.objects.filter(status__in=(WaitlistStatus.WAITING, WaitlistStatus.OFFERED), **closed)
    unpaid = Booking.objects.filter(status=BookingStatus.AWAITING_PAYMENT, **closed).select_related("user")
    return [
        *live.exclude(id__in=resting).order_by("updated_at")[:BATCH],
        *unpaid.exclude(id__in=resting).order_by("updated_at")[:BATCH],
    ]


def _release(item: WaitlistEntry | Booking) -> bool:
    done = _leave(item) if isinstance(item, WaitlistEntry) else _cancel(item)
    _backoff.succeeded(item.id)
    return done


def _postpone(item: WaitlistEntry | Booking) -> None:
    _backoff.failed(item.id)


def _name(item: WaitlistEntry | Booking) -> str:
    return str(item.id)


def _leave(entry: WaitlistEntry) -> bool:
    """Leaves the queue, or gives up the offer. Returns whether that has succeeded."""
    try:
        waitlist_entry_mirror(snapshot=ticket.leave_waitlist(entry.id))
    except TicketRefusedError as refusal:
        if refusal.is_unknown:
            WaitlistEntry.objects.filter(id=entry.id).update(status=WaitlistStatus.LEFT)
        elif refusal.problem.type not in NOT_YET:
            waitlist_entry_mirror(snapshot=ticket.fetch_waitlist_entry(entry.id))
        return False
    return True


def _cancel(booking: Booking) -> bool:
    """Cancels the booking, unless ticket says that it was paid in the meantime. Returns whether it was cancelled."""
    try:
        booking = booking_refresh(booking=booking)
        if booking.status != BookingStatus.AWAITING_PAYMENT:
            return False
        booking_cancel(booking=booking, actor=booking.user)
    except TicketRefusedError as refusal:
        if refusal.problem.type not in NOT_YET:
            booking_refresh(booking=booking)
        return False
    return True
