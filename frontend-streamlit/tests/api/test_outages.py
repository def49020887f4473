"""In every outage the viewer sees a plain sentence and never a traceback."""

import pytest
import streamlit as st

from frontend.api.tokens import Tokens
from frontend.buyer.choice import Choice
from frontend.session.cookie import CODES, COOKIE_NAME, CookieChange
from frontend.session.session import CHOICE_KEY
from tests.conftest import OpenPage, press, text_of
from tests.fake.server import FakeClientService
from tests.fake.state import FakeRecords, Record

PAGES = ["events", "bookings", "queue", "notifications"]
PAGES += ["staff_events", "staff_bookings", "staff_failures", "staff_queues", "staff_users"]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_without_the_client_service_is_calm_and_comes_back(
    open_page: OpenPage, records: FakeRecords, staff: Record, page: str
) -> None:
    records.broken = "down"
    app = open_page(page, person=staff)
    said = text_of(app)
    assert "cannot reach the booking service" in said
    assert not app.exception
    records.broken = None
    st.cache_resource.clear()
    assert "cannot reach" not in text_of(app.run())


def test_the_retry_button_tries_again(open_page: OpenPage, records: FakeRecords) -> None:
    records.broken = "down"
    app = open_page()
    assert "We will be right back" in text_of(app)
    records.broken = None
    assert "Find your event" in text_of(press(app, "Try again"))


def test_an_expired_session_returns_to_signing_in_and_then_to_where_one_was(
    open_page: OpenPage, records: FakeRecords, demo: Record
) -> None:
    app = open_page("bookings", person=demo)
    records.access.clear()
    records.refresh.clear()
    app.run()
    assert "Your sign-in has ended. Please sign in again." in text_of(app)
    assert app.session_state["session"].user is None
    assert app.query_params == {"next": "bookings"}


def test_every_page_says_that_the_sign_in_has_ended_until_somebody_signs_in(
    open_page: OpenPage, demo: Record, records: FakeRecords
) -> None:
    app = open_page("bookings", person=demo)
    records.access.clear()
    records.refresh.clear()
    app.run()
    app.switch_page("app_pages/events.py")
    app.query_params.clear()
    app.run()
    assert "Find your event" in text_of(app)
    assert "Your sign-in has ended. Please sign in again." in text_of(app)


def test_the_end_of_a_session_keeps_the_chosen_seats_and_nothing_else(
    open_page: OpenPage, records: FakeRecords, demo: Record
) -> None:
    app = open_page("bookings", person=demo)
    app.session_state[CHOICE_KEY + "an-event"] = Choice(["a-seat"])
    app.session_state["of-the-person"] = "private"
    records.access.clear()
    records.refresh.clear()
    app.run()
    assert app.session_state[CHOICE_KEY + "an-event"].places == ["a-seat"]
    assert "of-the-person" not in app.session_state


def test_a_browser_refresh_keeps_one_signed_in(
    open_page: OpenPage, records: FakeRecords, demo: Record, cookie: dict[str, str]
) -> None:
    cookie[COOKIE_NAME] = records.tokens(demo["id"])["refresh"]
    app = open_page("bookings")
    assert "My bookings" in text_of(app)
    assert app.session_state["session"].user.id == demo["id"]


def test_a_renewed_refresh_token_is_put_into_the_cookie(
    open_page: OpenPage, records: FakeRecords, demo: Record, cookie: dict[str, str]
) -> None:
    cookie[COOKIE_NAME] = records.tokens(demo["id"])["refresh"]
    session = open_page().session_state["session"]
    assert session.cookie == session.tokens.refresh != cookie[COOKIE_NAME]
    change = CookieChange(session.tokens.refresh, instead_of=frozenset({cookie[COOKIE_NAME]}))
    assert CODES.redeem(session.pending_code) == change


def test_two_tabs_with_the_same_cookie_both_stay_signed_in(
    open_page: OpenPage, records: FakeRecords, demo: Record, cookie: dict[str, str]
) -> None:
    cookie[COOKIE_NAME] = records.tokens(demo["id"])["refresh"]
    first, second = open_page("bookings"), open_page("bookings")
    assert "My bookings" in text_of(first)
    assert "My bookings" in text_of(second)
    assert records.requests.count("POST /api/v1/auth/token/refresh") == 1


def test_a_cookie_that_is_over_leaves_a_guest_and_is_deleted(open_page: OpenPage, cookie: dict[str, str]) -> None:
    cookie[COOKIE_NAME] = "over"
    app = open_page()
    session = app.session_state["session"]
    assert "Find your event" in text_of(app)
    assert session.user is None
    assert session.cookie == ""
    assert CODES.redeem(session.pending_code) == CookieChange("", instead_of=frozenset({"over"}))


def test_a_cookie_is_kept_while_the_service_is_down(
    open_page: OpenPage, records: FakeRecords, demo: Record, cookie: dict[str, str]
) -> None:
    cookie[COOKIE_NAME] = records.tokens(demo["id"])["refresh"]
    records.broken = "down"
    app = open_page()
    assert app.session_state["session"].pending_code is None
    records.broken = None
    app.run()
    assert app.session_state["session"].user.id == demo["id"]


def test_a_page_that_was_seen_before_stays_as_it_was(open_page: OpenPage, records: FakeRecords, demo: Record) -> None:
    app = open_page("queue", person=demo)
    records.broken = "down"
    app.run()
    assert "Number 1 in line" in text_of(app)
    assert not app.exception


def test_a_part_of_a_page_that_was_never_seen_says_that_it_keeps_trying(
    open_page: OpenPage, records: FakeRecords, demo: Record
) -> None:
    app = open_page("bookings", person=demo)
    records.broken = "down"
    app.switch_page("app_pages/queue.py").run()
    assert "We keep trying." in text_of(app)
    assert not app.exception


def test_a_missing_address_of_the_client_service_ends_the_start_with_one_sentence(
    service: FakeClientService, monkeypatch: pytest.MonkeyPatch
) -> None:
    from frontend.settings import get_settings

    for value in (None, "", "not an address"):
        if value is None:
            monkeypatch.delenv("CLIENT_URL")
        else:
            monkeypatch.setenv("CLIENT_URL", value)
        get_settings.cache_clear()
        with pytest.raises(SystemExit, match="CLIENT_URL is missing or wrong"):
            get_settings()


def test_a_weak_secret_for_addresses_ends_the_start_with_one_sentence(
    service: FakeClientService, monkeypatch: pytest.MonkeyPatch
) -> None:
    from frontend.settings import get_settings

    for value in ("", "weak", "whsec_c2hvcnQ="):
        monkeypatch.setenv("VIEWER_ADDRESS_SECRET", value)
        get_settings.cache_clear()
        with pytest.raises(SystemExit, match="VIEWER_ADDRESS_SECRET is missing or wrong") as stopped:
            get_settings()
        assert not value or value not in str(stopped.value)


def test_tokens_are_never_part_of_what_is_shown(open_page: OpenPage, records: FakeRecords, demo: Record) -> None:
    app = open_page("account", person=demo)
    tokens: Tokens = app.session_state["session"].tokens
    assert tokens.refresh not in repr(app)
