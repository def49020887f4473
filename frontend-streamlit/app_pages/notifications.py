"""The messages to the signed-in person."""

from collections.abc import Callable

import streamlit as st

from frontend.api.models import Notification
from frontend.forms.attempt import attempt, finish
from frontend.page.failures import show_failure_of
from frontend.page.menu import forget_badges
from frontend.session.session import client, require_user
from frontend.widgets.ui import plain
from frontend.wording.formatting import ago

PAGE = "app_pages/notifications.py"


def main() -> None:
    """Shows the page."""
    require_user("Sign in to see your messages.", PAGE)
    st.title("Messages")
    notes = client().notifications()
    if not notes:
        st.info("No messages yet.", icon=":material/notifications:")
    unread = [note for note in notes if note.read_at is None]
    if unread:
        mark_read("Mark all as read", client().read_all_notifications, key="read-all", icon=":material/done_all:")
    for note in notes:
        show_note(note)


def show_note(note: Notification) -> None:
    """Shows one message."""
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f"**{plain(note.title)}**", width="content")
            if note.read_at is None:
                st.badge("New", color="blue")
        if note.body:
            st.markdown(plain(note.body))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(ago(note.created_at), width="content")
            if note.booking_id:
                st.page_link("app_pages/booking.py", label="See booking", query_params={"id": note.booking_id})
            if note.read_at is None:
                api = client()
                mark_read(
                    "Mark as read",
                    lambda: api.read_notification(note.id),
                    key=f"read:{note.id}",
                    kind="tertiary",
                )


def mark_read(label: str, mark: Callable[[], None], *, key: str, kind: str = "secondary", icon: str = "") -> None:
    """Shows a button that marks one message or all messages as read."""
    marked = attempt(label, mark, key=key, type=kind, icon=icon or None)
    show_failure_of(key)
    if marked:
        finish(key)
        forget_badges()
        st.rerun()


main()
