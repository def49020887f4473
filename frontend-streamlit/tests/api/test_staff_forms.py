"""Forms send nothing twice, lose nothing that was entered, and show errors at their fields in words."""

from datetime import UTC, date, datetime, time

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from frontend.forms.fields import ONE_LINE
from frontend.wording.field_errors import MISSING
from tests.conftest import OpenPage, press, text_of
from tests.fake.state import FakeRecords, Record


def fill_new_event(app: AppTest, name: str = "Gamelan Night") -> None:
    app.text_input(key="new-event:name:0").set_value(name)
    app.text_input(key="new-event:venue:0").set_value("Bentara Budaya")
    app.selectbox(key="new-event:organizer:0").set_value("garuda-live")


def posts(records: FakeRecords, path: str) -> int:
    return records.requests.count(f"POST /api/v1{path}")


def test_an_event_whose_answer_was_lost_is_created_once(
    open_page: OpenPage, records: FakeRecords, staff: Record
) -> None:
    app = open_page("staff_events", person=staff)
    before = len(records.events)
    fill_new_event(app)
    records.broken = "answers lost"
    press(app, "Create event")
    assert "cannot reach the booking service" in text_of(app)
    assert app.text_input(key="new-event:name:0").value == "Gamelan Night"
    records.broken = None
    press(app, "Create event")
    assert "cannot reach" not in text_of(app)
    assert (len(records.events), posts(records, "/events")) == (before + 1, 2)
    assert app.text_input(key="new-event:name:1").value == ""


def test_an_account_whose_answer_was_lost_is_created_once(
    open_page: OpenPage, records: FakeRecords, staff: Record
) -> None:
    app = open_page("staff_users", person=staff)
    values = {"name": "Rina", "email": "rina@example.com", "password": "rina-password-1"}
    for name, value in values.items():
        app.text_input(key=f"new-user:{name}:0").set_value(value)
    records.broken = "answers lost"
    press(app, "Create user")
    records.broken = None
    press(app, "Create user")
    assert "already an account" not in text_of(app)
    assert [user["email"] for user in records.users].count("rina@example.com") == 1
    assert app.text_input(key="new-user:email:1").value == ""


def test_seats_whose_answer_was_lost_are_added_once(open_page: OpenPage, records: FakeRecords, staff: Record) -> None:
    event = records.events[6]
    app = open_page("staff_events", person=staff, event=event["id"])
    records.broken = "answers lost"
    press(app, "Add these seats")
    records.broken = None
    press(app, "Add these seats")
    assert len(records.seats[event["id"]]) == 200


def test_a_seat_whose_removal_was_not_answered_counts_as_removed(
    open_page: OpenPage, records: FakeRecords, staff: Record
) -> None:
    event = records.events[1]
    app = open_page("staff_events", person=staff, event=event["id"])
    seat = records.seats[event["id"]][5]
    next(box for box in app.selectbox if box.label == "Seat").set_value(seat["id"]).run()
    records.broken = "answers lost"
    press(app, "Remove seat")
    records.broken = None
    press(app, "Remove seat")
    assert "does not exist" not in text_of(app)
    assert len(records.seats[event["id"]]) == 207


def test_a_changed_form_is_another_request(open_page: OpenPage, records: FakeRecords, staff: Record) -> None:
    app = open_page("staff_events", person=staff)
    fill_new_event(app)
    records.broken = "answers lost"
    press(app, "Create event")
    records.broken = None
    app.text_input(key="new-event:name:0").set_value("Gamelan Night II")
    press(app, "Create event")
    assert [event["name"] for event in records.events[-2:]] == ["Gamelan Night", "Gamelan Night II"]


def test_a_request_whose_outcome_is_unknown_is_sent_again_as_the_same(
    open_page: OpenPage, records: FakeRecords, staff: Record
) -> None:
    app = open_page("staff_events", person=staff)
    fill_new_event(app)
    records.next_refusal = {"status": 503, "slug": "ticket-unavailable", "detail": "The ticket service gave no answer."}
    press(app, "Create event")
    press(app, "Create event")
    first, second = records.keys
    assert first == second


def test_a_request_that_was_refused_for_good_is_another_one_the_next_time(
    open_page: OpenPage, records: FakeRecords, staff: Record
) -> None:
    app = open_page("staff_users", person=staff)
    for name, value in {"name": "Rina", "email": "demo@example.com", "password": "rina-password-1"}.items():
        app.text_input(key=f"new-user:{name}:0").set_value(value)
    press(app, "Create user")
    assert "already an account" in text_of(app)
    records.users[0]["email"] = "elsewhere@example.com"
    press(app, "Create user")
    assert records.users[-1]["email"] == "demo@example.com"


def test_an_empty_event_form_is_not_sent_and_says_at_each_field_what_is_missing(
    open_page: OpenPage, records: FakeRecords, staff: Record
) -> None:
    app = press(open_page("staff_events", person=staff), "Create event")
    said = text_of(app)
    for words in (f"Name: {MISSING}", f"Venue: {MISSING}", "Organizer: Please choose one."):
        assert words in said
    assert "Not sent yet. Please look at: Name, Venue, Organizer." in said
    assert posts(records, "/events") == 0


def test_a_pattern_of_the_service_never_reaches_the_page(
    open_page: OpenPage, records: FakeRecords, staff: Record
) -> None:
    app = open_page("staff_events", person=staff)
    fill_new_event(app)
    app.text_input(key="new-event:currency:0").set_value("XXX")
    said = text_of(press(app, "Create event"))
    assert "Currency: This is not accepted. Please enter the three letters of a currency, such as IDR." in said
    assert "match" not in said
    app.text_input(key="new-event:currency:0").set_value("EUR")
    press(app, "Create event")
    assert records.events[-1]["currency"] == "EUR"


def test_a_currency_that_cannot_be_one_is_refused_before_it_is_sent(
    open_page: OpenPage, records: FakeRecords, staff: Record
) -> None:
    app = open_page("staff_events", person=staff)
    fill_new_event(app)
    app.text_input(key="new-event:currency:0").set_value("R1")
    assert "Currency: Please enter the three letters of a currency" in text_of(press(app, "Create event"))
    assert posts(records, "/events") == 0


@pytest.mark.parametrize("field", ["name", "venue"])
def test_a_line_break_in_a_name_is_refused_in_words(
    open_page: OpenPage, records: FakeRecords, staff: Record, field: str
) -> None:
    app = open_page("staff_events", person=staff)
    fill_new_event(app)
    app.text_input(key=f"new-event:{field}:0").set_value("Opening night\nSecond line")
    assert f"{field.capitalize()}: {ONE_LINE}" in text_of(press(app, "Create event"))
    assert posts(records, "/events") == 0


def test_a_sale_that_closes_before_it_opens_is_refused_at_its_field(
    open_page: OpenPage, records: FakeRecords, staff: Record
) -> None:
    app = open_page("staff_events", person=staff)
    fill_new_event(app)
    opens = app.date_input(key="new-event:sales_open_at:day:0")
    app.date_input(key="new-event:sales_close_at:day:0").set_value(opens.value)
    said = text_of(press(app, "Create event"))
    assert "Sale closes: The sale must close after it opens." in said
    assert posts(records, "/events") == 0


def test_a_new_event_is_in_the_time_of_its_venue(open_page: OpenPage, records: FakeRecords, staff: Record) -> None:
    app = open_page("staff_events", person=staff)
    fill_new_event(app)
    app.selectbox(key="new-event:time_zone:0").set_value("Europe/Amsterdam")
    app.date_input(key="new-event:starts_at:day:0").set_value(date(2027, 1, 8))
    app.time_input(key="new-event:starts_at:time:0").set_value(time(20, 15))
    press(app, "Create event")
    made = records.events[-1]
    assert made["time_zone"] == "Europe/Amsterdam"
    assert datetime.fromisoformat(made["starts_at"]) == datetime(2027, 1, 8, 19, 15, tzinfo=UTC)


def test_another_zone_keeps_the_times_on_the_clock(open_page: OpenPage, records: FakeRecords, staff: Record) -> None:
    event = records.events[1]
    event.update(time_zone="Asia/Jakarta", starts_at="2027-02-13T12:30:05Z")
    app = open_page("staff_events", person=staff, event=event["id"])
    app.selectbox(key=f"event:{event['id']}:time_zone:0").set_value("Asia/Makassar")
    press(app, "Save changes")
    (sent,) = records.changes
    assert sent["time_zone"] == "Asia/Makassar"
    assert datetime.fromisoformat(sent["starts_at"]) == datetime(2027, 2, 13, 11, 30, 5, tzinfo=UTC)


def test_a_time_that_clocks_at_the_venue_skip_is_refused_at_its_field(
    open_page: OpenPage, records: FakeRecords, staff: Record
) -> None:
    event = records.events[1]
    event.update(time_zone="Europe/Amsterdam")
    app = open_page("staff_events", person=staff, event=event["id"])
    app.date_input(key=f"event:{event['id']}:starts_at:day:0").set_value(date(2027, 3, 28))
    app.time_input(key=f"event:{event['id']}:starts_at:time:0").set_value(time(2, 30))
    assert "Starts: 02:30 does not exist on 28 March 2027" in text_of(press(app, "Save changes"))
    assert records.changes == []


@pytest.mark.parametrize("starts_at", ["2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z"])
def test_a_new_name_leaves_the_repeated_hour_as_it_is(
    open_page: OpenPage, records: FakeRecords, staff: Record, starts_at: str
) -> None:
    event = records.events[1]
    event.update(time_zone="Europe/Amsterdam", starts_at=starts_at, sales_close_at="2027-10-30T21:59:59Z")
    app = open_page("staff_events", person=staff, event=event["id"])
    app.text_input(key=f"event:{event['id']}:name:0").set_value("Another name")
    press(app, "Save changes")
    assert records.changes == [{"name": "Another name"}]


def test_only_what_was_edited_is_sent(open_page: OpenPage, records: FakeRecords, staff: Record) -> None:
    event = records.events[1]
    event.update(sales_close_at="2027-10-30T21:59:59Z", starts_at="2027-10-31T01:30:00Z", description="a\r\nb ")
    app = open_page("staff_events", person=staff, event=event["id"])
    app.text_input(key=f"event:{event['id']}:name:0").set_value("Another name")
    press(app, "Save changes")
    assert records.changes == [{"name": "Another name"}]


def test_nothing_edited_is_nothing_sent(open_page: OpenPage, records: FakeRecords, staff: Record) -> None:
    app = press(open_page("staff_events", person=staff), "Save changes")
    assert records.changes == []
    assert [toast.value for toast in app.toast] == ["Nothing was edited, so nothing has changed."]


def test_saving_a_name_does_not_undo_what_a_colleague_changed_meanwhile(
    open_page: OpenPage, records: FakeRecords, staff: Record
) -> None:
    event = records.events[1]
    app = open_page("staff_events", person=staff, event=event["id"])
    event.update(venue="Moved elsewhere")
    st.cache_resource.clear()
    app.run()
    assert "Changed since this form was opened: Venue." in text_of(app)
    app.text_input(key=f"event:{event['id']}:name:0").set_value("Another name")
    press(app, "Save changes")
    assert (event["name"], event["venue"]) == ("Another name", "Moved elsewhere")
    assert app.text_input(key=f"event:{event['id']}:venue:1").value == "Moved elsewhere"


def test_the_current_values_can_be_taken_over(open_page: OpenPage, records: FakeRecords, staff: Record) -> None:
    event = records.events[1]
    app = open_page("staff_events", person=staff, event=event["id"])
    event.update(venue="Moved elsewhere")
    st.cache_resource.clear()
    press(app.run(), "Show the current values")
    assert app.text_input(key=f"event:{event['id']}:venue:1").value == "Moved elsewhere"
    assert "Changed since" not in text_of(app)


def test_an_address_of_a_new_event_leads_to_it_although_the_list_is_remembered(
    open_page: OpenPage, records: FakeRecords, staff: Record
) -> None:
    open_page("staff_events", person=staff)
    event = records.add_event("Made elsewhere", "Aula")
    app = open_page("staff_events", person=staff, event=event["id"])
    assert app.text_input(key=f"event:{event['id']}:name:0").value == "Made elsewhere"


def test_an_address_of_an_event_that_is_gone_leads_to_no_other(open_page: OpenPage, staff: Record) -> None:
    app = open_page("staff_events", person=staff, event="gone")
    assert "does not exist any more" in text_of(app)
    assert not [button for button in app.button if button.label == "Save changes"]


def test_what_staff_changed_shows_at_once_although_lists_are_remembered(
    open_page: OpenPage, records: FakeRecords, staff: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = records.events[1]
    app = open_page("staff_events", person=staff, event=event["id"])
    monkeypatch.setattr("frontend.events.catalogue.clear_cache", lambda: None)
    app.text_input(key=f"event:{event['id']}:venue:0").set_value("Another hall")
    press(app, "Save changes")
    assert app.text_input(key=f"event:{event['id']}:venue:1").value == "Another hall"
    assert "Changed since" not in text_of(app)


def test_what_was_pressed_before_the_page_was_left_is_not_sent_on_return(
    open_page: OpenPage, records: FakeRecords, staff: Record
) -> None:
    app = open_page("staff_events", person=staff)
    press(app, "Create event")
    assert "Not sent yet" in text_of(app)
    app.session_state["form:new-event"].clicked = True
    app.switch_page("app_pages/staff_queues.py").run()
    app.switch_page("app_pages/staff_events.py").run()
    assert "Not sent yet" not in text_of(app)
    assert not app.session_state["form:new-event"].clicked


def test_ended_entries_are_shown_on_request(open_page: OpenPage, records: FakeRecords, staff: Record) -> None:
    app = open_page("staff_queues", person=staff)
    app.selectbox[0].set_value(records.events[1]["id"]).run()
    assert "Left" not in list(app.dataframe[0].value["State"])
    app.toggle[0].set_value(True).run()
    assert "4 entries" in text_of(app)
    assert "Left" in list(app.dataframe[0].value["State"])


def test_a_cancelled_event_says_how_far_it_has_come(open_page: OpenPage, records: FakeRecords, staff: Record) -> None:
    event = records.events[1]
    event.update(status="CANCELLED")
    said = text_of(open_page("staff_events", person=staff, event=event["id"]))
    assert "0 of 3 bookings are cancelled so far" in said


@pytest.mark.parametrize(
    ("page", "form", "button", "fields"),
    [
        ("sign_in", "sign-in", "Sign in", ["Email", "Password"]),
        ("sign_in", "register", "Create account", ["Your name", "Email", "Password"]),
        ("account", "password", "Change password", ["Current password", "New password", "New password again"]),
        ("staff_users", "new-user", "Create user", ["Name", "Email", "Password"]),
    ],
)
def test_an_empty_form_asks_for_every_field(
    open_page: OpenPage, records: FakeRecords, staff: Record, page: str, form: str, button: str, fields: list[str]
) -> None:
    app = open_page(page, person=None if page == "sign_in" else staff)
    before = len(records.requests)
    app.button(key=f"{form}:send:0").click().run()
    said = text_of(app)
    for label in fields:
        assert f"{label}: {MISSING}" in said
    sent = [request for request in records.requests[before:] if not request.startswith("GET")]
    assert sent == []


def test_what_the_service_refuses_of_an_account_stands_at_its_field(
    open_page: OpenPage, records: FakeRecords, staff: Record
) -> None:
    app = open_page("staff_users", person=staff)
    for name, value in {"name": "Rina", "email": "demo@example.com", "password": "short"}.items():
        app.text_input(key=f"new-user:{name}:0").set_value(value)
    press(app, "Create user")
    assert "Password: Use at least 8 characters." in text_of(app)
    app.text_input(key="new-user:password:0").set_value("long-enough-1")
    press(app, "Create user")
    assert "Email: There is already an account with this email address." in text_of(app)
    assert app.text_input(key="new-user:name:0").value == "Rina"


def test_two_different_new_passwords_are_refused_at_the_second(open_page: OpenPage, demo: Record) -> None:
    app = open_page("account", person=demo)
    for name, value in {"current_password": "demo-password-1", "password": "a-new-one-1", "again": "a-new-1"}.items():
        app.text_input(key=f"password:{name}:0").set_value(value)
    assert "New password again: This differs" in text_of(press(app, "Change password"))


@pytest.mark.parametrize("page", ["staff_events", "staff_bookings", "staff_failures", "staff_queues", "staff_users"])
def test_a_page_that_was_shown_stays_in_an_outage(
    open_page: OpenPage, records: FakeRecords, staff: Record, page: str
) -> None:
    app = open_page(page, person=staff)
    before = text_of(app)
    records.broken = "down"
    st.cache_resource.clear()
    assert text_of(app.run()) == before
    assert not app.exception
