"""The plan of faults follows from its seed; and a buyer who observes does see what contradicts an answer."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import pytest

from tests.support.client_api import Booking, ClientApi, Seat, WaitlistEntry
from tests.support.fault_plan import KINDS, plan
from tests.support.faulty_stack import SKEWED_CLOCK
from tests.support.observing_buyer import ObservingBuyer

SEATS = [Seat(id="seat-1", section="A", row="A", number=1, price=1)]
ANSWERED = Booking(id="first", status="AWAITING_PAYMENT")


def test_the_same_seed_makes_the_same_plan_and_every_kind_comes_before_one_comes_again() -> None:
    assert plan(5, 26) == plan(5, 26) != plan(6, 26)
    for seed in range(20):
        assert {fault.kind for fault in plan(seed, len(KINDS))} == set(KINDS)


def test_the_clock_of_a_process_is_wrong_by_as_much_as_it_is_told() -> None:
    environment = {"PYTHONPATH": str(SKEWED_CLOCK), "CLOCK_SKEW_SECONDS": "-20"}
    show = "import time, datetime; print(time.time(), datetime.datetime.now(datetime.UTC).timestamp())"
    shown = subprocess.run([sys.executable, "-c", show], env=environment, capture_output=True, text=True, check=True)
    assert [float(each) - time.time() for each in shown.stdout.split()] == pytest.approx([-20, -20], abs=5)


class ForgetfulClient(ClientApi):
    """Answers every request with `answers`, one after the other, and lists `kept`."""

    def __init__(self, answers: list[Booking], kept: list[Booking]) -> None:
        super().__init__("http://client.invalid")
        self._answers = answers
        self._kept = kept

    def book(self, event_id: str, seat_ids: list[str], *, idempotency_key: str | None = None) -> Booking:
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    def bookings(self, status: str | None = None) -> list[Booking]:
        return self._kept

    def cancel(self, booking_id: str) -> Booking:
        return Booking(id=booking_id, status="CANCELLED")

    def entry(self, entry_id: str) -> WaitlistEntry:
        return WaitlistEntry(id=entry_id, status="WAITING")


def contradictions(answers: list[Booking], kept: list[Booking]) -> list[str]:
    """What a buyer who books once says afterwards."""
    client = ForgetfulClient(answers, kept)
    buyer = ObservingBuyer(client, "event", SEATS, seed=2)
    try:
        buyer.buy()
        return buyer.look_back()
    finally:
        client.close()


def test_a_history_without_contradiction_is_believed() -> None:
    assert contradictions([ANSWERED], [Booking(id="first", status="BOOKED")]) == []
    failed: dict[str, Any] = {"id": "first", "status": "FAILED", "failure_reason": "PAYMENT_FAILED"}
    assert contradictions([ANSWERED], [Booking(**failed)]) == []


@pytest.mark.parametrize(
    ("answers", "kept", "found"),
    [
        ([ANSWERED], [], "is not found"),
        ([ANSWERED], [ANSWERED, Booking(id="second", status="BOOKED")], "2 bookings of 1 requests"),
        ([ANSWERED, Booking(id="second", status="BOOKED")], [ANSWERED], "named booking first, then second"),
        ([ANSWERED], [Booking(id="first", status="CANCELLED")], "which nobody asked for"),
        ([ANSWERED], [Booking(id="first", status="FAILED", failure_reason="ORGANIZER_DECLINED")], "then failed"),
        ([Booking(id="first", status="BOOKED")], [ANSWERED], "was shown BOOKED, then AWAITING_PAYMENT"),
    ],
    ids=["gone", "one too many", "two for one key", "cancelled by nobody", "failed late", "back in time"],
)
def test_what_contradicts_an_answer_is_found(answers: list[Booking], kept: list[Booking], found: str) -> None:
    assert any(found in said for said in contradictions(list(answers), kept))
