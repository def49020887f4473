"""Two members of staff with one page each: the second save is refused in words, and nothing that was typed is lost."""

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.conftest import OpenPage, press, text_of
from tests.fake.state import FakeRecords, Record

REFUSED = "Somebody else has changed this since you opened it"


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


@pytest.fixture
def event(records: FakeRecords) -> Record:
    return records.events[1]


@pytest.fixture
def app(open_page: OpenPage, staff: Record, event: Record) -> AppTest:
    """The event's page; its forms show version 1."""
    return open_page("staff_events", person=staff, event=event["id"])


def test_a_name_is_not_saved_over_a_colleagues_without_a_word(
    app: AppTest, records: FakeRecords, event: Record
) -> None:
    records.change(event, {"name": "Theirs", "venue": "Their hall"})
    field = f"event:{event['id']}:name:0"
    app.text_input(key=field).set_value("Mine")
    press(app, "Save changes")
    said = text_of(app)
    assert REFUSED in said
    assert "**Name**: yours “Mine”, now “Theirs”" in said
    assert "**Venue**: now “Their hall”; you have not edited it" in said
    assert "precondition" not in said.lower()
    assert (event["name"], app.text_input(key=field).value) == ("Theirs", "Mine")
    press(app, "Save over it")
    assert (event["name"], event["venue"]) == ("Mine", "Their hall")
    assert REFUSED not in text_of(app)
    assert app.text_input(key=f"event:{event['id']}:venue:1").value == "Their hall"


def test_the_current_version_can_be_taken_instead(app: AppTest, records: FakeRecords, event: Record) -> None:
    records.change(event, {"name": "Theirs"})
    app.text_input(key=f"event:{event['id']}:name:0").set_value("Mine")
    press(press(app, "Save changes"), "Take the current version")
    assert app.text_input(key=f"event:{event['id']}:name:1").value == "Theirs"
    assert REFUSED not in text_of(app)
    app.text_input(key=f"event:{event['id']}:venue:1").set_value("Mine")
    press(app, "Save changes")
    assert (event["name"], event["venue"]) == ("Theirs", "Mine")


def test_a_third_change_is_not_saved_over_either(app: AppTest, records: FakeRecords, event: Record) -> None:
    records.change(event, {"name": "Theirs"})
    app.text_input(key=f"event:{event['id']}:name:0").set_value("Mine")
    press(app, "Save changes")
    records.change(event, {"name": "Theirs again"})
    press(app, "Save over it")
    assert "now “Theirs again”" in text_of(app)
    assert event["name"] == "Theirs again"


def test_a_closed_sale_is_not_opened_again_from_an_old_page(app: AppTest, records: FakeRecords, event: Record) -> None:
    records.change(event, {"status": "SALES_CLOSED", "sales_close_at": "2026-11-01T00:00:00Z"})
    app.text_input(key=f"event:{event['id']}:name:0").set_value("Mine")
    said = text_of(press(app, "Save changes"))
    assert "**Sale closes**: now" in said
    assert "**Sale**: now" in said
    press(app, "Save over it")
    assert (event["name"], event["sales_close_at"]) == ("Mine", "2026-11-01T00:00:00Z")


def test_a_save_whose_answer_was_lost_was_the_own_and_is_no_change_of_others(
    app: AppTest, records: FakeRecords, event: Record
) -> None:
    app.text_input(key=f"event:{event['id']}:name:0").set_value("Mine")
    records.broken = "answers lost"
    press(app, "Save changes")
    records.broken = None
    press(app, "Save changes")
    assert REFUSED not in text_of(app)
    assert (event["name"], event["version"]) == ("Mine", 2)


def test_an_event_is_not_removed_from_an_old_page_without_a_word(
    app: AppTest, records: FakeRecords, event: Record
) -> None:
    records.bookings.clear()
    records.change(event, {"name": "Theirs"})
    app.checkbox(key=f"Remove the event:{event['id']}:sure:0").check().run()
    said = text_of(press(app, "Remove the event"))
    assert REFUSED in said
    assert "**Name**: now “Theirs”" in said
    assert event in records.events
    press(app, "Remove it all the same")
    assert event not in records.events


def choose_seat(app: AppTest, seat: Record) -> None:
    next(box for box in app.selectbox if box.label == "Seat").set_value(seat["id"]).run()


def test_a_price_is_not_saved_over_a_colleagues_without_a_word(
    app: AppTest, records: FakeRecords, event: Record
) -> None:
    seat = records.seats[event["id"]][5]
    choose_seat(app, seat)
    records.change(seat, {"price": 111_000})
    app.number_input(key=f"price:{seat['id']}:price:0").set_value(222_000).run()
    said = text_of(press(app, "Change price"))
    assert REFUSED in said
    assert "**Price**: yours “Rp222.000”, now “Rp111.000”" in said
    assert seat["price"] == 111_000
    press(app, "Save over it")
    assert seat["price"] == 222_000


def test_a_seat_is_not_removed_from_an_old_page_without_a_word(
    app: AppTest, records: FakeRecords, event: Record
) -> None:
    seat = records.seats[event["id"]][5]
    choose_seat(app, seat)
    records.change(seat, {"price": 111_000})
    said = text_of(press(app, "Remove seat"))
    assert "now “Rp111.000”" in said
    assert seat in records.seats[event["id"]]
    press(app, "Remove it all the same")
    assert seat not in records.seats[event["id"]]


def test_the_price_of_a_seat_that_was_changed_is_taken(app: AppTest, records: FakeRecords, event: Record) -> None:
    seat = records.seats[event["id"]][5]
    choose_seat(app, seat)
    records.change(seat, {"price": 111_000})
    app.number_input(key=f"price:{seat['id']}:price:0").set_value(222_000).run()
    press(press(app, "Change price"), "Take the current version")
    assert app.number_input(key=f"price:{seat['id']}:price:1").value == 111_000


@pytest.fixture
def account(records: FakeRecords) -> Record:
    return records.users[0]


@pytest.fixture
def users(open_page: OpenPage, records: FakeRecords, staff: Record, account: Record) -> AppTest:
    """The page of the accounts, with the row of this account selected: its forms show version 1."""
    app = open_page("staff_users", person=staff)
    table = f"users:{hash(tuple(user['id'] for user in records.users))}"
    app.session_state[table] = {"selection": {"rows": [records.users.index(account)], "columns": []}}
    return app.run()


def test_an_account_is_not_saved_over_a_colleagues_change_without_a_word(
    users: AppTest, records: FakeRecords, account: Record
) -> None:
    records.change(account, {"name": "Theirs", "is_staff": True})
    users.text_input(key=f"user:{account['id']}:name:0").set_value("Mine")
    said = text_of(press(users, "Save"))
    assert REFUSED in said
    assert "**Name**: yours “Mine”, now “Theirs”" in said
    assert "**Staff**: now “yes”; you have not edited it" in said
    assert account["name"] == "Theirs"
    press(users, "Save over it")
    assert (account["name"], account["is_staff"]) == ("Mine", True)


def test_an_account_is_not_deleted_from_an_old_page_without_a_word(
    users: AppTest, records: FakeRecords, account: Record
) -> None:
    records.change(account, {"name": "Theirs"})
    users.checkbox(key=f"delete-user:{account['id']}:sure:0").check().run()
    said = text_of(press(users, "Delete user"))
    assert "**Name**: now “Theirs”" in said
    assert account["is_active"]
    press(users, "Delete it all the same")
    assert not account["is_active"]


def test_no_refusal_of_a_version_is_shown_by_its_name(app: AppTest, records: FakeRecords, event: Record) -> None:
    app.text_input(key=f"event:{event['id']}:name:0").set_value("Mine")
    records.next_refusal = {"status": 428, "slug": "precondition-required", "detail": "Send If-Match."}
    said = text_of(press(app, "Save changes"))
    assert "Please reload it" in said
    assert "If-Match" not in said


def test_what_is_gone_meanwhile_is_said_to_be_gone(app: AppTest, records: FakeRecords, event: Record) -> None:
    app.text_input(key=f"event:{event['id']}:name:0").set_value("Mine")
    records.events.remove(event)
    st.cache_resource.clear()
    assert "precondition" not in text_of(app.run())
