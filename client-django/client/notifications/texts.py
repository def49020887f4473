"""Writes the texts of notifications."""

from datetime import timedelta

from servicekit.money import format_money
from servicekit.times import format_moment

from client.bookings.models import Booking
from client.bookings.time_zone import zone_of_event
from client.domain.booking import BookingOrigin, BookingStatus, CancelReason, FailureReason, RefundStatus
from client.domain.seat import seat_label
from client.domain.waitlist import WaitlistStatus
from client.notifications.kinds import NotificationKind
from client.notifications.services import Message
from client.ticket_api.models import TicketWaitlistEntry

DOCUMENT_WAIT = timedelta(seconds=30)
FAILURE = {
    FailureReason.SEAT_UNAVAILABLE: "somebody else was faster: a seat was taken already",
    FailureReason.ORGANIZER_DECLINED: "the organizer did not give the seats",
    FailureReason.ORGANIZER_UNREACHABLE: "the organizer's system did not answer",
    FailureReason.INVOICE_UNAVAILABLE: "no invoice could be made",
    FailureReason.PAYMENT_FAILED: "the payment failed",
    FailureReason.TICKET_UNAVAILABLE: "the booking system did not answer",
}


def until(booking: Booking) -> str:
    """Returns the end of the hold in the venue's time: ` until Sat 13 Feb 2027, 19:30 WIB`."""
    if booking.hold_expires_at is None:
        return ""
    return f" until {format_moment(booking.hold_expires_at, zone_of_event(booking.event))}"


def about(booking: Booking) -> str:
    return f"{booking.event.get('name') or 'your event'} ({'; '.join(seat_label(seat) for seat in booking.seats)})"


def event_name(booking: Booking) -> str:
    return booking.event.get("name") or "your event"


def amount_of(booking: Booking) -> str:
    return format_money(booking.amount or 0, booking.currency or "IDR")


def held(booking: Booking) -> Message:
    price = amount_of(booking)
    return Message(
        kind=NotificationKind.BOOKING_HELD,
        title=f"Your seats for {event_name(booking)} are held",
        body=f"We hold {about(booking)} for you{until(booking)}. Please pay {price}: {booking.payment_url}",
    )


def offered(booking: Booking) -> Message:
    price = amount_of(booking)
    return Message(
        kind=NotificationKind.WAITLIST_OFFER,
        title=f"It is your turn: a seat for {event_name(booking)}",
        body=(
            f"The seat that you queued for is yours if you pay {price}{until(booking)}: {about(booking)}.\n\n"
            f"Pay here: {booking.payment_url}\n\nAfter that it goes to the next in line."
        ),
        by_email=True,
    )


def confirmed(booking: Booking) -> Message:
    return Message(
        kind=NotificationKind.BOOKING_CONFIRMED,
        title=f"Booked: {event_name(booking)}",
        body=f"Your payment arrived and your booking is confirmed: {about(booking)}. The ticket is a PDF.",
        by_email=True,
        # The event that brings the document makes the mail due; the wait is for an event that never comes.
        email_after=timedelta(0) if booking.document_kind else DOCUMENT_WAIT,
    )


def failed(booking: Booking) -> Message:
    why = FAILURE[FailureReason(booking.failure_reason or FailureReason.TICKET_UNAVAILABLE)]
    return Message(
        kind=NotificationKind.BOOKING_FAILED,
        title=f"Your booking for {event_name(booking)} failed",
        body=f"We could not book {about(booking)}: {why}. You were not charged.",
        by_email=booking.failure_reason == FailureReason.PAYMENT_FAILED,
    )


def expired(booking: Booking) -> Message:
    return Message(
        kind=NotificationKind.BOOKING_EXPIRED,
        title=f"Your held seats for {event_name(booking)} were released",
        body=f"No payment arrived in time for {about(booking)}. You were not charged.",
        by_email=True,
    )


def cancelled(booking: Booking) -> Message:
    who = {CancelReason.STAFF: "Our staff cancelled", CancelReason.EVENT_CANCELLED: "The event is cancelled, and so is"}
    opening = (
        who.get(CancelReason(booking.cancel_reason), "You cancelled") if booking.cancel_reason else "You cancelled"
    )
    money_back = "" if booking.refund_status is None else " Your money is on its way back."
    return Message(
        kind=NotificationKind.BOOKING_CANCELLED,
        title=f"Cancelled: {event_name(booking)}",
        body=f"{opening} your booking of {about(booking)}.{money_back}",
        by_email=True,
    )


def refunded(booking: Booking) -> Message:
    return Message(
        kind=NotificationKind.BOOKING_REFUNDED,
        title=f"Refunded: {event_name(booking)}",
        body=f"{amount_of(booking)} for {about(booking)} were paid back.",
        by_email=True,
    )


def of_booking(booking: Booking) -> Message | None:
    """Returns the message for the present state of the booking; None if the state needs none."""
    if booking.status == BookingStatus.AWAITING_PAYMENT:
        return offered(booking) if booking.origin == BookingOrigin.WAITLIST else held(booking)
    makers = {
        BookingStatus.BOOKED: confirmed,
        BookingStatus.FAILED: failed,
        BookingStatus.EXPIRED: expired,
        BookingStatus.CANCELLED: cancelled,
    }
    maker = makers.get(BookingStatus(booking.status))
    return maker(booking) if maker else None


def of_refund(booking: Booking) -> Message | None:
    return refunded(booking) if booking.refund_status == RefundStatus.REFUNDED else None


def of_waitlist(entry: TicketWaitlistEntry) -> Message | None:
    """Returns the message about the beginning or the end of a waitlist entry; None for an offer.

    The booking of an offer announces it, because it has the payment link.
    """
    seat = f"{entry.event.name or 'your event'} ({seat_label(entry.seat.model_dump())})"
    if entry.status == WaitlistStatus.WAITING and entry.position is not None:
        return Message(
            kind=NotificationKind.WAITLIST_JOINED,
            title=f"You joined a queue as number {entry.position}",
            body=f"You wait for {seat}. We write to you when it is your turn; until then, you see your place in line "
            "on the page of your queues.",
        )
    if entry.status == WaitlistStatus.LAPSED and entry.booking_id is None:
        return Message(
            kind=NotificationKind.WAITLIST_CLOSED,
            title="The queue has closed",
            body=f"The sale is over, so the seat that you queued for could not become yours: {seat}.",
            by_email=True,
        )
    if entry.status == WaitlistStatus.LAPSED:
        return Message(
            kind=NotificationKind.WAITLIST_LAPSED,
            title="Your offer has lapsed",
            body=f"The seat that you queued for could not become yours: {seat}.",
            by_email=True,
        )
    if entry.status == WaitlistStatus.LEFT:
        return Message(
            kind=NotificationKind.WAITLIST_CLOSED,
            title="You are no longer in line",
            body=f"Your place in the queue for {seat} was given up.",
        )
    return None
