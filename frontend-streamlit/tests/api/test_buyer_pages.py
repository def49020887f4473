"""The buyer's pages, run by Streamlit's test runner against the fake client service."""

import pytest
import streamlit as st
from devstack.contract_answers import PROBLEMS
from streamlit.testing.v1 import AppTest

from frontend.api.models import Seat
from frontend.buyer.choice import BookingRequest, Choice
from frontend.buyer.queue_dialog import TAKEN_SEAT
from frontend.events import catalogue
from frontend.page.dialogs import OpenDialog
from frontend.settings import get_settings
from tests.conftest import OpenPage, map_data, press, text_of
from tests.fake.demo_records import DEMO
from tests.fake.state import FakeRecords, Record


def place_of(seat: Record) -> str:
    return Seat.model_validate(seat).place


def choose(app: AppTest, records: FakeRecords, event: Record, *places: int) -> Choice:
    """Chooses these seats on the map."""
    choice = Choice(places=[place_of(records.seats[event["id"]][place]) for place in places])
    app.session_state[f"choice:{event['id']}"] = choice
    app.run()
    return choice


def components(app: AppTest) -> set[str]:
    """Returns the names of the browser components that are shown."""
    return {component.proto.component_name for component in app.get("bidi_component")}


def book(app: AppTest, choice: Choice, request_id: str = "a-request") -> AppTest:
    """Clicks Book in the bar below the map."""
    choice.receive(BookingRequest(request_id, tuple(choice.places)))
    return app.run()


def test_anybody_sees_the_events_with_prices_and_seats_left(open_page: OpenPage) -> None:
    said = text_of(open_page())
    assert "Senja Festival: Tulus &amp; Friends" in said
    assert "Rp450.000 – Rp1.250.000" in said
    assert "1,447 seats left" in said
    assert "Not on sale yet" in said


@pytest.mark.parametrize(
    ("zone", "at", "text"),
    [
        ("Europe/Amsterdam", "2099-01-08T19:15:00Z", "Thu 8 Jan 2099, 20:15 CET"),
        ("Asia/Makassar", "2099-02-13T10:00:00Z", "Fri 13 Feb 2099, 18:00 WITA"),
    ],
)
def test_everybody_sees_the_time_of_the_venue(
    open_page: OpenPage, records: FakeRecords, demo: Record, zone: str, at: str, text: str
) -> None:
    event = records.events[1]
    event.update(time_zone=zone, starts_at=at)
    booking = records.add_booking(demo, event, records.seats[event["id"]][60:61], "BOOKED")
    assert text in text_of(open_page())
    assert text in text_of(open_page("event", id=event["id"]))
    assert text in text_of(open_page("bookings", person=demo)).replace("\\", "")
    assert text in text_of(open_page("booking", person=demo, id=booking["id"]))


def test_searching_narrows_the_events(open_page: OpenPage) -> None:
    app = open_page()
    app.text_input[0].set_value("mahler").run()
    said = text_of(app)
    assert "Jakarta Symphony plays Mahler 5" in said
    assert "Senja" not in said
    app.text_input[0].set_value("nothing like this").run()
    assert "No event matches" in text_of(app)


def test_more_events_are_shown_on_request(open_page: OpenPage, records: FakeRecords) -> None:
    for number in range(60):
        records.add_event(f"Concert {number:02}", "Hall", days=100 + number)
    app = open_page()
    assert "Concert 50" not in text_of(app)
    assert "Concert 50" in text_of(press(app, "Show more events"))


def test_an_event_invites_to_choose_seats(open_page: OpenPage, records: FakeRecords) -> None:
    app = open_page("event", id=records.events[1]["id"])
    said = text_of(app)
    assert "Jakarta Symphony plays Mahler 5" in said
    data = map_data(app)
    assert (data["most"], data["can_book"]) == (10, True)
    assert data["hint"] == "Select a taken seat to queue for it."
    assert data["money"] == {"sign": "Rp", "group": ".", "point": ",", "digits": 0}
    assert not app.exception


def test_the_browser_gets_what_it_keeps_the_map_up_to_date_with(
    open_page: OpenPage, records: FakeRecords, demo: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = records.events[1]
    seat = records.seats[event["id"]][60]
    records.add_booking(demo, event, [seat], "BOOKED")
    monkeypatch.setenv("CLIENT_PUBLIC_URL", "https://tickets.example/")
    get_settings.cache_clear()
    data = map_data(open_page("event", person=demo, id=event["id"]))
    get_settings.cache_clear()
    assert data["changes"] == f"https://tickets.example/api/v1/events/{event['id']}/seat-map/changes"
    assert data["sale"] == "ON_SALE"
    drawn = [(row, at) for section in data["sections"] for row in section["rows"] for at in range(len(row["numbers"]))]
    assert sorted(row["source"] + at for row, at in drawn) == list(range(len(data["states"])))
    mine = [(row["row"], row["numbers"][at]) for row, at in (drawn[index] for index in data["mine"])]
    assert (seat["row"], str(seat["number"])) in mine
    assert data["queued"]


def test_a_map_that_is_not_there_is_looked_for_again(open_page: OpenPage, records: FakeRecords) -> None:
    event = records.events[1]
    seats = records.seats[event["id"]]
    records.seats[event["id"]] = []
    app = open_page("event", id=event["id"])
    assert "not published yet" in text_of(app)
    assert "look_again" in components(app)
    records.seats[event["id"]] = seats
    catalogue.clear_cache()
    assert "look_again" not in components(app.run())


def test_an_event_that_does_not_exist_is_not_found(open_page: OpenPage) -> None:
    assert "Not found" in text_of(open_page("event", id="00000000-0000-0000-0000-000000000000"))


def test_an_event_that_is_not_on_sale_says_when_it_will_be(open_page: OpenPage, records: FakeRecords) -> None:
    assert "Sales open on" in text_of(open_page("event", id=records.events[6]["id"]))


def test_booking_as_a_guest_leads_to_signing_in_and_back_with_the_same_seats(
    open_page: OpenPage, records: FakeRecords
) -> None:
    event = records.events[1]
    app = open_page("event", id=event["id"])
    choice = choose(app, records, event, 60, 61)
    book(app, choice)
    assert "Your choice is kept" in text_of(app)
    app.switch_page("app_pages/sign_in.py").run()
    app.text_input[0].set_value(DEMO[0])
    app.text_input[1].set_value(DEMO[1])
    press(app, "Sign in")
    assert len(map_data(app)["selected"]) == 2
    assert not app.session_state[f"choice:{event['id']}"].request


def test_booking_seats_leads_to_the_booking_with_its_countdown_and_payment_link(
    open_page: OpenPage, records: FakeRecords, demo: Record
) -> None:
    event = records.events[1]
    app = open_page("event", person=demo, id=event["id"])
    book(app, choose(app, records, event, 60, 61))
    assert "Pay before the time runs out" in text_of(app)
    assert app.link_button[0].label == "Pay Rp1.200.000 now"
    assert records.bookings[0]["seats"][0]["id"] == records.seats[event["id"]][60]["id"]


def test_a_request_that_arrives_twice_is_one_booking(open_page: OpenPage, records: FakeRecords, demo: Record) -> None:
    event = records.events[1]
    app = open_page("event", person=demo, id=event["id"])
    before = len(records.bookings)
    choice = choose(app, records, event, 60)
    book(app, choice)
    book(app, choice)
    assert len(records.bookings) == before + 1


def test_a_seat_that_was_taken_meanwhile_leaves_the_choice(
    open_page: OpenPage, records: FakeRecords, demo: Record
) -> None:
    event = records.events[1]
    app = open_page("event", person=demo, id=event["id"])
    choice = choose(app, records, event, 60, 61)
    records.seats[event["id"]][60]["status"] = "ON_GOING"
    st.cache_resource.clear()
    app.run()
    assert choice.places == [place_of(records.seats[event["id"]][61])]


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "You have 20 seats waiting for payment at this event. Pay or cancel some first."),
        ({"unpaid": 1, "limit": 1}, "You have 1 seat waiting for payment at this event."),
        ({"unpaid": 60, "scope": "address"}, "60 seats are waiting for payment from your internet connection"),
    ],
)
def test_too_many_unpaid_seats_are_explained_with_a_way_to_the_bookings(
    open_page: OpenPage, records: FakeRecords, demo: Record, facts: Record, words: str
) -> None:
    event = records.events[1]
    app = open_page("event", person=demo, id=event["id"])
    choice = choose(app, records, event, 60)
    records.next_refusal = {"status": 409, "slug": "too-many-unpaid-seats", "detail": "For programs.", **facts}
    book(app, choice)
    message = map_data(app)["message"]
    assert message["text"].startswith(words)
    assert (message["booking"], message["to_bookings"], message["link"]) == ("", True, "To your bookings")
    assert choice.places


def test_a_seat_that_was_taken_meanwhile_is_not_left_out_of_a_request(
    open_page: OpenPage, records: FakeRecords, demo: Record
) -> None:
    event = records.events[1]
    app = open_page("event", person=demo, id=event["id"])
    choice = choose(app, records, event, 60, 61)
    records.seats[event["id"]][60]["status"] = "ON_GOING"
    st.cache_resource.clear()
    book(app, choice)
    assert "just been taken by somebody else" in map_data(app)["message"]["text"]
    assert records.seats[event["id"]][61]["status"] == "OPEN"


@pytest.mark.parametrize(
    ("status", "slug", "words"),
    [
        (409, "seat-unavailable", "just been taken by somebody else"),
        (502, "organizer-declined", "declined to hold these seats"),
        (503, "organizer-unreachable", "organizer could not be reached"),
        (503, "payment-unavailable", "No invoice could be made"),
        (503, "ticket-unavailable", "Your request is recorded as booking"),
        (429, "too-many-requests", "That was tried too often. Please try again in 50 seconds."),
        (409, "sale-closed", "The sale is closed, in the service's own words."),
    ],
)
def test_a_refused_booking_says_why_on_the_map_and_stays_there(
    open_page: OpenPage, records: FakeRecords, demo: Record, status: int, slug: str, words: str
) -> None:
    event = records.events[1]
    app = open_page("event", person=demo, id=event["id"])
    choice = choose(app, records, event, 60)
    detail = "The sale is closed, in the service's own words."
    named = {"booking_id": records.bookings[0]["id"]} if "booking_id" in PROBLEMS[slug].get("members", {}) else {}
    records.next_refusal = {"status": status, "slug": slug, "detail": detail, **named}
    records.bookings[0]["status"] = "REQUESTED"
    book(app, choice)
    message = map_data(app)["message"]
    assert words in message["text"]
    assert (message["booking"] or None) == named.get("booking_id")
    assert map_data(app)["answered"] == "a-request"
    assert choice.places
    assert not app.exception


def test_clicking_a_taken_seat_offers_the_queue_and_says_ones_place(
    open_page: OpenPage, records: FakeRecords, demo: Record
) -> None:
    event, taken = records.events[1], records.seats[records.events[1]["id"]][33]
    app = open_page("event", person=demo, id=event["id"])
    app.session_state["open-dialog"] = wanting(taken)
    app.run()
    assert "You can queue for it" in text_of(app)
    assert "A queue closes when the event's sale ends." in text_of(app)
    press(app, "Join the queue")
    assert "number 1" in text_of(app)
    assert records.waitlist[-1]["seat"]["id"] == taken["id"]


def wanting(seat: Record) -> OpenDialog:
    return OpenDialog(TAKEN_SEAT, Seat.model_validate(seat))


def test_clicking_ones_own_seat_leads_to_its_booking(open_page: OpenPage, records: FakeRecords, demo: Record) -> None:
    event, own = records.events[1], records.seats[records.events[1]["id"]][0]
    app = open_page("event", person=demo, id=event["id"])
    app.session_state["open-dialog"] = wanting(own)
    assert "already yours" in text_of(app.run())


def test_joining_a_queue_that_is_refused_says_why(open_page: OpenPage, records: FakeRecords, demo: Record) -> None:
    event, taken = records.events[1], records.seats[records.events[1]["id"]][33]
    app = open_page("event", person=demo, id=event["id"])
    app.session_state["open-dialog"] = wanting(taken)
    app.run()
    taken["status"] = "OPEN"
    press(app, "Join the queue")
    assert "you can book it right away" in text_of(app)


def test_the_history_shows_every_booking_with_its_reason(open_page: OpenPage, demo: Record) -> None:
    said = text_of(open_page("bookings", person=demo))
    for words in (
        "Organizer declined",
        "Payment failed",
        "Seat already taken",
        "Booking system unreachable",
        "Expired",
    ):
        assert words in said
    assert "refunded in full" in said


def test_the_history_can_be_narrowed_to_a_state(open_page: OpenPage, demo: Record) -> None:
    app = open_page("bookings", person=demo)
    app.pills[0].set_value("BOOKED").run()
    assert "1 booking\n" in text_of(app) + "\n"


def test_a_guest_is_asked_to_sign_in_for_every_page_of_ones_own(open_page: OpenPage) -> None:
    for page in ("bookings", "queue", "notifications", "account"):
        assert "Welcome" in text_of(open_page(page))


def test_a_paid_booking_shows_its_ticket(open_page: OpenPage, records: FakeRecords, demo: Record) -> None:
    booked = next(b for b in records.bookings if b["status"] == "BOOKED" and b["user_id"] == demo["id"])
    said = text_of(open_page("booking", person=demo, id=booked["id"]))
    assert "the seats are yours" in said
    assert "Your ticket" in said


@pytest.mark.parametrize("name", ["id", "booking", "booking_id"])
def test_the_way_back_from_payment_finds_its_booking(
    open_page: OpenPage, records: FakeRecords, demo: Record, name: str
) -> None:
    waiting = next(b for b in records.bookings if b["status"] == "AWAITING_PAYMENT")
    assert "Pay before the time runs out" in text_of(open_page("booking", person=demo, **{name: waiting["id"]}))


def test_a_link_to_the_history_that_names_a_booking_opens_it(
    open_page: OpenPage, records: FakeRecords, demo: Record
) -> None:
    waiting = next(b for b in records.bookings if b["status"] == "AWAITING_PAYMENT")
    assert "Pay before" in text_of(open_page("bookings", person=demo, booking_id=waiting["id"]))


def test_somebody_elses_booking_is_not_found(open_page: OpenPage, records: FakeRecords, demo: Record) -> None:
    foreign = next(b for b in records.bookings if b["user_id"] != demo["id"])
    assert "Not found" in text_of(open_page("booking", person=demo, id=foreign["id"]))


def test_cancelling_says_what_happens_to_the_money_before_it_does_it(
    open_page: OpenPage, records: FakeRecords, demo: Record
) -> None:
    booked = next(b for b in records.bookings if b["status"] == "BOOKED" and b["user_id"] == demo["id"])
    app = press(open_page("booking", person=demo, id=booked["id"]), "Cancel booking")
    assert "You paid Rp1.200.000. The whole amount is refunded" in text_of(app)
    assert booked["status"] == "BOOKED"
    press(app, "Yes, cancel it")
    assert booked["status"] == "CANCELLED"
    assert "A refund of Rp1.200.000 is on its way." in text_of(app)


@pytest.mark.parametrize(
    ("refusal", "explained"),
    [
        ("payment-in-progress", "payment for this booking is being processed"),
        ("event-started", "The event has begun, so this booking can no longer be cancelled here."),
    ],
)
def test_a_cancel_that_is_refused_is_explained(
    open_page: OpenPage, records: FakeRecords, demo: Record, refusal: str, explained: str
) -> None:
    waiting = next(b for b in records.bookings if b["status"] == "AWAITING_PAYMENT")
    app = press(open_page("booking", person=demo, id=waiting["id"]), "Cancel booking")
    records.next_refusal = {"status": 409, "slug": refusal, "detail": "No."}
    press(app, "Yes, cancel it")
    assert explained in text_of(app)


def test_the_booking_page_notices_that_the_payment_went_through(
    open_page: OpenPage, records: FakeRecords, demo: Record
) -> None:
    waiting = next(b for b in records.bookings if b["status"] == "AWAITING_PAYMENT")
    app = open_page("booking", person=demo, id=waiting["id"])
    records.change_status(waiting, "BOOKED")
    assert "the seats are yours" in text_of(press(app, "Check status now"))


def test_the_timeline_shows_every_step(open_page: OpenPage, records: FakeRecords, demo: Record) -> None:
    said = text_of(open_page("booking", person=demo, id=records.bookings[0]["id"]))
    steps = ["Booking requested", "Seats taken", "Hold accepted", "Invoice created", "Booking updated"]
    assert [step for step in steps if f"</time>{step}" in said] == steps
    assert "The organizer holds the seats" in said


def test_messages_are_counted_shown_and_marked_as_read(open_page: OpenPage, records: FakeRecords, demo: Record) -> None:
    app = open_page("notifications", person=demo)
    assert "A seat is offered to you" in text_of(app)
    press(app, "Mark all as read")
    assert all(note["read_at"] for note in records.notifications)
    assert not any(button.label == "Mark all as read" for button in app.button)


def test_an_account_can_change_its_name(open_page: OpenPage, demo: Record) -> None:
    app = open_page("account", person=demo)
    app.text_input[0].set_value("Dewi L.")
    press(app, "Save")
    assert demo["name"] == "Dewi L."


def test_changing_the_password_keeps_the_person_signed_in(
    open_page: OpenPage, records: FakeRecords, demo: Record
) -> None:
    app = open_page("account", person=demo)
    for field, value in zip(app.text_input[2:5], (DEMO[1], "another-pass-9", "another-pass-9"), strict=True):
        field.set_value(value)
    press(app, "Change password")
    assert records.passwords[demo["email"]] == "another-pass-9"
    assert "Your details" in text_of(app.run())


def test_a_wrong_current_password_is_refused_with_its_field(open_page: OpenPage, demo: Record) -> None:
    app = open_page("account", person=demo)
    for field, value in zip(app.text_input[2:5], ("wrong", "another-pass-9", "another-pass-9"), strict=True):
        field.set_value(value)
    press(app, "Change password")
    assert "This is not your password" in text_of(app)


def test_signing_out_forgets_the_person(open_page: OpenPage, demo: Record) -> None:
    app = press(open_page("account", person=demo), "Sign out")
    assert "Find your event" in text_of(app)
    assert app.session_state["session"].user is None


def test_registering_signs_in(open_page: OpenPage, records: FakeRecords) -> None:
    app = open_page("sign_in")
    for field, value in zip(app.text_input[2:5], ("Rina", "rina@example.com", "rina-password-1"), strict=True):
        field.set_value(value)
    press(app, "Create account")
    assert app.session_state["session"].user.email == "rina@example.com"
    assert "Find your event" in text_of(app)


def test_registering_with_a_weak_password_names_the_field(open_page: OpenPage) -> None:
    app = open_page("sign_in")
    for field, value in zip(app.text_input[2:5], ("Rina", "rina@example.com", "short"), strict=True):
        field.set_value(value)
    press(app, "Create account")
    assert "Use at least 8 characters" in text_of(app)


def test_wrong_credentials_are_a_plain_sentence(open_page: OpenPage) -> None:
    app = open_page("sign_in")
    app.text_input[0].set_value(DEMO[0])
    app.text_input[1].set_value("wrong")
    press(app, "Sign in")
    assert "do not belong together" in text_of(app)


def test_after_too_many_wrong_passwords_the_page_says_when_to_try_again(
    open_page: OpenPage, records: FakeRecords
) -> None:
    app = open_page("sign_in")
    app.text_input[0].set_value(DEMO[0])
    app.text_input[1].set_value("wrong")
    records.next_refusal = {"status": 429, "slug": "too-many-requests", "detail": "For programs."}
    press(app, "Sign in")
    assert "That was tried too often. Please try again in 50 seconds." in text_of(app)


def test_every_call_carries_the_address_of_its_viewer(
    open_page: OpenPage, records: FakeRecords, viewer: list[str], cookie: dict[str, str]
) -> None:
    viewer.append("203.0.113.7")
    app = open_page("sign_in")
    app.text_input[0].set_value(DEMO[0])
    app.text_input[1].set_value(DEMO[1])
    press(app, "Sign in")
    st.cache_resource.clear()
    records.requests.clear()
    records.viewers.clear()
    records.access.clear()
    cookie["ticketing_session"] = app.session_state["session"].tokens.refresh
    open_page("events")
    open_page("event", id=records.events[1]["id"])
    assert {"POST /api/v1/auth/token/refresh", "GET /api/v1/users/me", "GET /api/v1/events"} <= set(records.requests)
    assert set(records.viewers) == {"203.0.113.7"}


def test_on_the_machine_itself_no_address_is_passed_on(open_page: OpenPage, records: FakeRecords) -> None:
    open_page()
    assert set(records.viewers) == {None}


def test_a_name_with_markup_is_shown_as_it_is(open_page: OpenPage, records: FakeRecords, demo: Record) -> None:
    records.events[1]["name"] = "<script>alert(1)</script> *bold*"
    records.bookings[0]["event"]["name"] = "<script>alert(1)</script> *bold*"
    app = open_page()
    assert not any("<script>" in element.body for element in app.html)
    history = open_page("bookings", person=demo)
    assert any(r"\<script\>" in element.value for element in history.markdown)


# A refresh that the browser had sent before it heard of the booking's page runs with the page or the address of before.


@pytest.fixture
def booked(open_page: OpenPage, records: FakeRecords, demo: Record) -> tuple[AppTest, Record, str]:
    """A booking that was just made on the event's page; the app shows the booking."""
    event = records.events[1]
    app = open_page("event", person=demo, id=event["id"])
    book(app, choose(app, records, event, 60))
    assert "Pay before the time runs out" in text_of(app)
    return app, event, records.bookings[0]["id"]


def test_the_page_of_the_event_with_the_address_of_the_booking_shows_the_booking(
    booked: tuple[AppTest, Record, str],
) -> None:
    app, _, booking_id = booked
    app.switch_page("app_pages/event.py")
    app.query_params["id"] = booking_id
    assert "Pay before the time runs out" in text_of(app.run())


def test_the_page_of_the_booking_with_the_address_of_the_event_shows_the_booking(
    booked: tuple[AppTest, Record, str],
) -> None:
    app, event, booking_id = booked
    app.switch_page("app_pages/booking.py")
    app.query_params["id"] = event["id"]
    assert "Pay before the time runs out" in text_of(app.run())
    assert app.query_params["id"] == booking_id


def test_the_event_once_more_instead_of_the_booking_leads_to_the_booking(
    booked: tuple[AppTest, Record, str],
) -> None:
    app, event, _ = booked
    app.session_state["booking-opened"].arrived = False
    app.switch_page("app_pages/event.py")
    app.query_params["id"] = event["id"]
    assert "Pay before the time runs out" in text_of(app.run())
    app.switch_page("app_pages/event.py")
    app.query_params["id"] = event["id"]
    assert "Pay before the time runs out" not in text_of(app.run()), "the event is shown to those who go back to it"
