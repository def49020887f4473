"""Every state and reason has plain words, and the words about money are true."""

import pytest

from frontend.api.models import Booking, BookingStatus, WaitlistStatus
from frontend.wording.states import (
    BOOKING,
    CANCEL_REASONS,
    FAILURE_LABELS,
    FAILURE_REASONS,
    WAITLIST,
    booking_sentence,
    cancel_consequence,
    failure_label,
)

REASONS = [
    "SEAT_UNAVAILABLE",
    "ORGANIZER_DECLINED",
    "ORGANIZER_UNREACHABLE",
    "INVOICE_UNAVAILABLE",
    "PAYMENT_FAILED",
    "TICKET_UNAVAILABLE",
]


def booking(status: BookingStatus, **more: object) -> Booking:
    values = {
        "id": "b",
        "status": status,
        "event": {"id": "e", "name": "Mahler"},
        "amount": 750_000,
        "currency": "IDR",
        "created_at": "2026-11-23T10:00:00Z",
        **more,
    }
    return Booking.model_validate(values)


def test_every_state_has_words() -> None:
    assert set(BOOKING) == set(BookingStatus)
    assert set(WAITLIST) == set(WaitlistStatus)


@pytest.mark.parametrize("reason", REASONS)
def test_every_failure_reason_has_words_that_say_nothing_was_charged(reason: str) -> None:
    assert "not been charged" in FAILURE_REASONS[reason]
    assert reason in FAILURE_LABELS
    assert booking_sentence(booking(BookingStatus.FAILED, failure_reason=reason)) == FAILURE_REASONS[reason]


def test_a_reason_that_is_not_known_yet_is_still_readable() -> None:
    assert failure_label("MOON_TOO_FULL") == "Moon too full"
    assert "did not succeed" in booking_sentence(booking(BookingStatus.FAILED, failure_reason="MOON_TOO_FULL"))


@pytest.mark.parametrize("reason", ["BUYER", "STAFF", "EVENT_CANCELLED"])
@pytest.mark.parametrize(
    ("refund", "words"), [(None, "Nothing was charged"), ("PENDING", "on its way"), ("REFUNDED", "refunded in full")]
)
def test_a_cancelled_booking_says_who_and_where_the_money_is(reason: str, refund: str | None, words: str) -> None:
    sentence = booking_sentence(booking(BookingStatus.CANCELLED, cancel_reason=reason, refund_status=refund))
    assert sentence.startswith(CANCEL_REASONS[reason])
    assert words in sentence


def test_cancelling_an_unpaid_booking_promises_no_charge_and_a_void_invoice() -> None:
    words = cancel_consequence(booking(BookingStatus.AWAITING_PAYMENT))
    assert "not charged" in words
    assert "void" in words
    assert "refund" not in words


def test_cancelling_a_paid_booking_promises_the_whole_amount_back() -> None:
    words = cancel_consequence(booking(BookingStatus.BOOKED))
    assert "Rp750.000" in words
    assert "refunded" in words


def test_a_paid_booking_without_its_document_says_that_it_is_being_made() -> None:
    assert "being made" in booking_sentence(booking(BookingStatus.BOOKED, ticket_available=False))
    assert "being made" not in booking_sentence(booking(BookingStatus.BOOKED, ticket_available=True))
