"""Messages to the signed-in person."""

import streamlit as st

from frontend.errors import Refused, ServiceUnreachable
from frontend.failures import show_refusal
from frontend.formatting import ago
from frontend.models import Notification
from frontend.navigation import forget_unread
from frontend.session import client, require_user
from frontend.ui import plain

PAGE = "app_pages/notifications.py"


def main() -> None:
    """Show the page."""
    require_user("Sign in to see your messages.", PAGE)
    st.title("Messages")
    notes = client().notifications()
    if not notes:
        st.info("No messages yet.", icon=":material/notifications:")
    unread = [note for note in notes if note.read_at is None]
    if unread and st.button("Mark all as read", icon=":material/done_all:"):
        mark_read(None)
    for note in notes:
        show_note(note)


def show_note(note: Notification) -> None:
    """One message."""
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
            if note.read_at is None and st.button("Mark as read", key=f"read:{note.id}", type="tertiary"):
                mark_read(note)


def mark_read(note: Notification | None) -> None:
    """Mark one message, or all, as read."""
    try:
        if note is None:
            client().read_all_notifications()
        else:
            client().read_notification(note.id)
    except (Refused, ServiceUnreachable) as error:
        show_refusal(error)
        return
    forget_unread()
    st.rerun()


main()
