"""The page with the viewer's places in line and offers, against the fake client service."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.conftest import OpenPage, press, text_of
from tests.fake.state import FakeRecords, Record, time_from_now


def test_the_queue_page_shows_place_offer_and_what_has_ended(open_page: OpenPage, demo: Record) -> None:
    app = open_page("queue", person=demo)
    said = text_of(app)
    assert "Number 1 in line" in said
    assert app.link_button[0].label == "Pay Rp600.000 now"
    assert "You left the queue" not in said
    assert "A queue closes when the event's sale ends." in said


def words_outside_of_what_is_folded(app: AppTest) -> str:
    folded = {str(element.value) for expander in app.expander for element in expander.markdown}
    return "\n".join(str(element.value) for element in app.main.markdown if str(element.value) not in folded)


@pytest.mark.parametrize(
    ("status", "outcome"), [("FULFILLED", "You paid in time and got the seat"), ("LAPSED", "could not become yours")]
)
def test_the_queue_page_says_for_a_day_what_became_of_an_offer(
    open_page: OpenPage, records: FakeRecords, demo: Record, status: str, outcome: str
) -> None:
    entry = next(e for e in records.waitlist if e["status"] == "OFFERED")
    records.waitlist[:] = [entry]
    entry.update(status=status, offer_expires_at=None, updated_at=time_from_now(hours=-23))
    app = open_page("queue", person=demo)
    assert "You are in no queue now." in text_of(app)
    assert outcome in words_outside_of_what_is_folded(app)
    link = next(link.proto for link in app.get("page_link") if link.proto.label == "See booking")
    assert (link.page, link.query_string) == ("booking", f"id={entry['booking_id']}")
    entry.update(updated_at=time_from_now(hours=-25))
    app.run()
    assert outcome not in words_outside_of_what_is_folded(app)
    assert [expander.label for expander in app.expander] == ["Ended (1)"]


def test_an_offer_that_was_just_paid_asks_for_no_patience(
    open_page: OpenPage, records: FakeRecords, demo: Record
) -> None:
    entry = next(e for e in records.waitlist if e["status"] == "OFFERED")
    booking = next(b for b in records.bookings if b["id"] == entry["booking_id"])
    booking.update(status="BOOKED", payment_url=None, hold_expires_at=None)
    said = text_of(open_page("queue", person=demo))
    assert "You paid in time and got the seat" in said
    assert "payment link appears" not in said


def test_leaving_a_queue(open_page: OpenPage, records: FakeRecords, demo: Record) -> None:
    press(open_page("queue", person=demo), "Yes, leave the queue")
    assert [e["status"] for e in records.waitlist if e["customer"]["id"] == demo["id"]] == ["LEFT", "OFFERED", "LEFT"]


def test_an_offer_without_its_payment_link_yet_says_so(open_page: OpenPage, records: FakeRecords, demo: Record) -> None:
    entry = next(e for e in records.waitlist if e["status"] == "OFFERED")
    entry.update(booking_id=None, offer_expires_at=time_from_now(minutes=10))
    assert "the payment link appears in a moment" in text_of(open_page("queue", person=demo))
