"""Whoever has to sign in comes back to the page they wanted, and to no page of somebody else."""

import pytest
from streamlit.testing.v1 import AppTest

from frontend.session.way_back import WayBack, page_at
from tests.conftest import OpenPage, press, text_of
from tests.fake.demo_records import DEMO
from tests.fake.state import FakeRecords, Record


def sign_in_after_a_reload(open_page: OpenPage, address: dict[str, str]) -> AppTest:
    """Opens the sign-in page in a tab that knows nothing but its address, and signs in."""
    app = open_page("sign_in", **address)
    app.text_input[0].set_value(DEMO[0])
    app.text_input[1].set_value(DEMO[1])
    return press(app, "Sign in")


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("bookings", "My bookings"),
        ("queue", "Number 1 in line"),
        ("notifications", "Messages"),
        ("account", "Your details"),
    ],
)
def test_a_page_of_ones_own_is_found_again_after_signing_in(open_page: OpenPage, page: str, shown: str) -> None:
    app = open_page(page)
    assert "Welcome" in text_of(app)
    assert shown in text_of(sign_in_after_a_reload(open_page, app.query_params))


def test_a_booking_is_found_again_after_signing_in(open_page: OpenPage, records: FakeRecords) -> None:
    booking = records.bookings[0]
    app = open_page("booking", id=booking["id"])
    assert app.query_params == {"next": f"booking?id={booking['id']}"}
    back = sign_in_after_a_reload(open_page, app.query_params)
    assert back.query_params == {"id": booking["id"]}
    assert booking["id"] in text_of(back)


def test_registering_leads_back_as_well(open_page: OpenPage, records: FakeRecords) -> None:
    event = records.events[1]
    app = open_page("sign_in", next=f"event?id={event['id']}")
    for field, value in zip(app.text_input[2:5], ("Rina", "rina@example.com", "rina-password-1"), strict=True):
        field.set_value(value)
    press(app, "Create account")
    assert app.query_params == {"id": event["id"]}
    assert event["venue"] in text_of(app)


def test_signing_in_by_the_menu_leads_back_to_the_event(open_page: OpenPage, records: FakeRecords) -> None:
    event = records.events[1]
    app = open_page("event", id=event["id"])
    app.switch_page("app_pages/sign_in.py")
    app.query_params.clear()
    app.run()
    assert app.query_params == {"next": f"event?id={event['id']}"}


def test_staff_come_back_to_their_event_and_a_buyer_to_all_events(
    open_page: OpenPage, records: FakeRecords, staff: Record
) -> None:
    app = open_page("staff_events", event=records.events[1]["id"])
    assert app.query_params == {"next": f"staff-events?event={records.events[1]['id']}"}
    assert "Find your event" in text_of(sign_in_after_a_reload(open_page, app.query_params))
    back = open_page("sign_in", person=staff, **app.query_params)
    assert "Events & seats" in text_of(back)


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com/bookings",
        "//example.com/bookings",
        "https:bookings",
        "javascript:alert(1)",
        "bookings@example.com",
        "../bookings",
        "sign-in",
        "__init__",
        "no-such-page",
        "http://[",
        "",
    ],
)
def test_only_a_page_of_the_dashboard_is_a_way_back(open_page: OpenPage, demo: Record, address: str) -> None:
    assert page_at(address) is None
    assert "Find your event" in text_of(open_page("sign_in", person=demo, next=address))


def test_the_parameters_of_a_way_back_are_kept_except_for_those_of_streamlit() -> None:
    assert page_at("booking?id=a%26b&embed=true") == WayBack("app_pages/booking.py", {"id": "a&b"})


def test_a_page_that_runs_under_the_address_of_the_sign_in_page_gives_way_to_it(
    open_page: OpenPage, records: FakeRecords
) -> None:
    """What a click does that was sent before the tab heard of the change of page."""
    event = records.events[1]
    app = open_page("event", next=f"event?id={event['id']}")
    assert "Welcome" in text_of(app)
    assert app.query_params == {"next": f"event?id={event['id']}"}
