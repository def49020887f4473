"""What the browser's tab is called."""

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from tests.conftest import OpenPage
from tests.fake.state import FakeRecords, Record


@pytest.fixture
def tabs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The titles and icons that the browser was sent, the present one last."""
    sent: list[tuple[str, str]] = []
    enqueue = ForwardMsgQueue.enqueue

    def listen(queue: ForwardMsgQueue, message: ForwardMsg) -> None:
        if message.WhichOneof("type") == "page_config_changed":
            sent.append((message.page_config_changed.title, message.page_config_changed.favicon))
        enqueue(queue, message)

    monkeypatch.setattr(ForwardMsgQueue, "enqueue", listen)
    return sent


@pytest.mark.parametrize(
    ("page", "title", "icon"),
    [
        ("events", "Events · Tickets", "event"),
        ("bookings", "My bookings · Tickets", "receipt_long"),
        ("queue", "My queue (1 offer) · Tickets", "group"),
        ("account", "Account · Tickets", "person"),
        ("staff_users", "Users · Tickets", "manage_accounts"),
    ],
)
def test_every_page_names_the_tab(
    open_page: OpenPage,
    demo: Record,
    staff: Record,
    tabs: list[tuple[str, str]],
    page: str,
    title: str,
    icon: str,
) -> None:
    open_page(page, person=staff if page.startswith("staff") else demo)
    assert tabs[-1][0] == title
    assert icon in tabs[-1][1]


def test_an_event_and_a_booking_give_the_tab_their_name(
    open_page: OpenPage, records: FakeRecords, demo: Record, tabs: list[tuple[str, str]]
) -> None:
    event, booking = records.events[1], records.bookings[0]
    open_page("event", id=event["id"])
    assert tabs[-1][0] == f"{event['name']} · Tickets"
    app = open_page("booking", person=demo, id=booking["id"])
    assert tabs[-1][0] == f"Booking: {booking['event']['name']} · Tickets"
    tabs.clear()
    app.run()
    assert {title for title, _ in tabs} == {f"Booking: {booking['event']['name']} · Tickets"}


def test_the_tab_says_that_nothing_was_found(open_page: OpenPage, demo: Record, tabs: list[tuple[str, str]]) -> None:
    open_page("booking", person=demo, id="00000000-0000-4000-8000-000000000000")
    assert tabs[-1][0] == "Not found · Tickets"
