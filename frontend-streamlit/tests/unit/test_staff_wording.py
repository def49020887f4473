"""Texts speak to the buyer as "you" and to staff about the buyer, in every state."""

import pytest

from frontend.api.models import Booking, BookingStatus, EventOperation, User, WaitlistStatus
from frontend.wording.staff import (
    QUEUE_LABELS,
    cancellation_progress,
    consequence_for,
    document_title,
    is_somebody_elses,
    link_label,
    sentence_for,
)
from frontend.wording.states import FAILURE_REASONS, booking_sentence, cancel_consequence

BUYER = User(version=1, id="buyer", email="buyer@example.com")
STAFF = User(version=1, id="staff", email="staff@example.com", is_staff=True)
REASONS = [None, *FAILURE_REASONS, "MOON_TOO_FULL"]
CANCELLED_BY = [None, "BUYER", "STAFF", "EVENT_CANCELLED"]
TO_THE_READER = ("You ", "you ", "Your ", "your ", "You.", "you.", "We ", "we ")


def booking(status: BookingStatus, *, user_id: str = "buyer", **more: object) -> Booking:
    values = {
        "id": "b",
        "user_id": user_id,
        "status": status,
        "event": {"id": "e", "name": "Mahler"},
        "amount": 750_000,
        "currency": "IDR",
        "created_at": "2026-11-23T10:00:00Z",
        **more,
    }
    return Booking.model_validate(values)


def every_booking(user_id: str = "buyer") -> list[Booking]:
    several = [booking(BookingStatus.FAILED, user_id=user_id, failure_reason=reason) for reason in REASONS]
    several += [
        booking(BookingStatus.CANCELLED, user_id=user_id, cancel_reason=reason, refund_status=refund)
        for reason in CANCELLED_BY
        for refund in (None, "PENDING", "REFUNDED")
    ]
    return several + [
        booking(status, user_id=user_id, ticket_available=ready) for status in BookingStatus for ready in (False, True)
    ]


def said_about(shown: Booking, viewer: User) -> list[str]:
    return [
        sentence_for(shown, viewer),
        consequence_for(shown, viewer),
        document_title(shown, viewer),
        link_label(shown, viewer),
    ]


@pytest.mark.parametrize("shown", every_booking())
def test_staff_are_never_spoken_to_as_the_buyer(shown: Booking) -> None:
    for words in said_about(shown, STAFF):
        assert not any(word in words for word in TO_THE_READER), words
        assert "Pay" not in words
        assert words


@pytest.mark.parametrize("viewer", [BUYER, STAFF])
def test_ones_own_booking_is_spoken_of_as_ones_own(viewer: User) -> None:
    for shown in every_booking(user_id=viewer.id):
        assert not is_somebody_elses(shown, viewer)
        assert sentence_for(shown, viewer) == booking_sentence(shown)
        assert consequence_for(shown, viewer) == cancel_consequence(shown)
    held = booking(BookingStatus.AWAITING_PAYMENT, user_id=viewer.id)
    assert link_label(held, viewer) == "Pay or cancel"


def test_staff_read_where_the_buyers_money_is() -> None:
    unpaid, paid = booking(BookingStatus.AWAITING_PAYMENT), booking(BookingStatus.BOOKED)
    assert "not charged" in consequence_for(unpaid, STAFF)
    assert "Rp750.000" in consequence_for(paid, STAFF)
    assert "refunded" in consequence_for(paid, STAFF)
    pending = booking(BookingStatus.CANCELLED, cancel_reason="BUYER", refund_status="PENDING")
    assert "on its way" in sentence_for(pending, STAFF)


def test_every_state_of_a_queue_has_a_label_for_staff() -> None:
    assert set(QUEUE_LABELS) == set(WaitlistStatus)
    assert not any("you" in label.lower() for label in QUEUE_LABELS.values())


def test_a_cancellation_says_how_far_it_has_come() -> None:
    running = EventOperation(state="RUNNING", total=12, done=7)
    assert "7 of 12 bookings are cancelled so far" in cancellation_progress([running])
    assert "All its bookings are cancelled (12 bookings)" in cancellation_progress(
        [EventOperation(state="DONE", total=12, done=12)]
    )
