"""Every status and every action of an invoice."""

from __future__ import annotations

import pytest
from payments.domain.invoice import TIME_OF, TRANSITIONS, InvoiceAction, InvoiceStatus, next_status
from servicekit.transitions import IllegalStepError

ALLOWED = {
    ("PENDING", "START_ATTEMPT"): "PROCESSING",
    ("PENDING", "EXTEND"): "PENDING",
    ("PENDING", "VOID"): "VOID",
    ("PROCESSING", "SUCCEED"): "PAID",
    ("PROCESSING", "FAIL"): "FAILED",
    ("PAID", "REQUEST_REFUND"): "PAID",
    ("PAID", "REFUND"): "REFUNDED",
}


@pytest.mark.parametrize("status", InvoiceStatus)
@pytest.mark.parametrize("action", InvoiceAction)
def test_an_action_changes_the_status_or_is_refused_as_designed(status: InvoiceStatus, action: InvoiceAction) -> None:
    expected = ALLOWED.get((status.value, action.value))
    if expected is None:
        with pytest.raises(IllegalStepError):
            next_status(status, action)
    else:
        assert next_status(status, action) == expected


def test_every_status_can_be_reached_and_the_final_ones_allow_no_action() -> None:
    reached = {InvoiceStatus.PENDING, *TRANSITIONS.values()}
    assert reached == set(InvoiceStatus)
    left = {status for status, _ in TRANSITIONS}
    assert set(InvoiceStatus) - left == {InvoiceStatus.FAILED, InvoiceStatus.VOID, InvoiceStatus.REFUNDED}


def test_every_action_except_an_extension_and_the_start_of_an_attempt_sets_a_time() -> None:
    assert set(InvoiceAction) - set(TIME_OF) == {InvoiceAction.EXTEND, InvoiceAction.START_ATTEMPT}
