"""The pages for staff."""

import pytest

from tests.conftest import OpenPage, press, text_of
from tests.fake.state import FakeRecords, Record

PAGES = ["staff_events", "staff_bookings", "staff_failures", "staff_queues", "staff_users"]


@pytest.mark.parametrize("page", PAGES)
def test_staff_pages_open_for_staff(open_page: OpenPage, staff: Record, page: str) -> None:
    app = open_page(page, person=staff)
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize("page", PAGES)
def test_staff_pages_do_not_exist_for_buyers(open_page: OpenPage, demo: Record, page: str) -> None:
    app = open_page(person=demo)
    with pytest.raises(Exception, match="page"):
        app.switch_page(f"app_pages/{page}.py").run()


def test_staff_create_an_event(open_page: OpenPage, records: FakeRecords, staff: Record) -> None:
    app = open_page("staff_events", person=staff)
    app.text_input(key="new-event:name:0").set_value("Gamelan Night")
    app.text_input(key="new-event:venue:0").set_value("Bentara Budaya")
    app.selectbox(key="new-event:organizer:0").set_value("garuda-live")
    press(app, "Create event")
    assert records.events[-1]["name"] == "Gamelan Night"
    assert app.query_params["event"] == records.events[-1]["id"]


def test_staff_change_an_event(open_page: OpenPage, records: FakeRecords, staff: Record) -> None:
    event = records.events[1]
    app = open_page("staff_events", person=staff, event=event["id"])
    app.text_input(key=f"event:{event['id']}:venue:0").set_value("Another hall")
    press(app, "Save changes")
    assert event["venue"] == "Another hall"


def test_staff_add_a_block_of_seats(open_page: OpenPage, records: FakeRecords, staff: Record) -> None:
    event = records.events[6]
    app = open_page("staff_events", person=staff, event=event["id"])
    assert "Makes 200 seats, worth Rp50.000.000 together." in text_of(app)
    press(app, "Add these seats")
    assert len(records.seats[event["id"]]) == 200


def test_staff_remove_a_seat(open_page: OpenPage, records: FakeRecords, staff: Record) -> None:
    event = records.events[1]
    app = open_page("staff_events", person=staff, event=event["id"])
    seat = records.seats[event["id"]][5]
    next(box for box in app.selectbox if box.label == "Seat").set_value(seat["id"]).run()
    press(app, "Remove seat")
    assert seat not in records.seats[event["id"]]


@pytest.mark.parametrize(("action", "status"), [("Close the sale", "SALES_CLOSED"), ("Cancel the event", "CANCELLED")])
def test_staff_end_a_sale_only_after_saying_that_they_are_sure(
    open_page: OpenPage, records: FakeRecords, staff: Record, action: str, status: str
) -> None:
    event = records.events[1]
    app = open_page("staff_events", person=staff, event=event["id"])
    key = f"{action}:{event['id']}"
    assert app.button(key=f"{key}:send:0").disabled
    app.checkbox(key=f"{key}:sure:0").check().run()
    app.button(key=f"{key}:send:0").click().run()
    assert event["status"] == status


def test_an_event_with_bookings_cannot_be_removed_and_staff_are_told(
    open_page: OpenPage, records: FakeRecords, staff: Record
) -> None:
    event = records.events[1]
    app = open_page("staff_events", person=staff, event=event["id"])
    key = f"Remove the event:{event['id']}"
    app.checkbox(key=f"{key}:sure:0").check().run()
    app.button(key=f"{key}:send:0").click().run()
    assert "This event still has live bookings." in text_of(app)


def test_staff_see_everybodys_bookings_and_whose_each_is(
    open_page: OpenPage, records: FakeRecords, staff: Record
) -> None:
    assert "4 seats: Stalls B15" in text_of(open_page("staff_bookings", person=staff))
    said = text_of(open_page("booking", person=staff, id=records.bookings[0]["id"]))
    assert "demo@example.com" in said


def test_failures_are_counted_by_reason(open_page: OpenPage, staff: Record) -> None:
    app = open_page("staff_failures", person=staff)
    assert {metric.label: metric.value for metric in app.metric}["Payment failed"] == "1"


def test_staff_see_who_queues_for_what(open_page: OpenPage, records: FakeRecords, staff: Record) -> None:
    app = open_page("staff_queues", person=staff)
    app.selectbox[0].set_value(records.events[1]["id"]).run()
    assert "3 entries" in text_of(app)
    assert "A queue closes when the event's sale ends." in text_of(app)
    assert "Dewi Lestari <demo@example.com>" in list(app.dataframe[0].value["Who"])


def test_staff_create_a_user(open_page: OpenPage, records: FakeRecords, staff: Record) -> None:
    app = open_page("staff_users", person=staff)
    name, email, password = (
        next(f for f in app.text_input if f.label == label) for label in ("Name", "Email", "Password")
    )
    name.set_value("Rina")
    email.set_value("rina@example.com")
    password.set_value("rina-password-1")
    press(app, "Create user")
    assert records.users[-1]["email"] == "rina@example.com"


def test_staff_find_a_user_by_email(open_page: OpenPage, staff: Record) -> None:
    app = open_page("staff_users", person=staff)
    next(field for field in app.text_input if field.label == "Search").set_value("budi").run()
    assert list(app.dataframe[0].value["Email"]) == ["budi@example.com"]
