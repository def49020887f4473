"""Which pages there are for whom."""

import streamlit as st

from frontend.page.menu import drawn_titles
from frontend.session import session

Sections = dict[str, list["st.Page"]]


def pages() -> Sections:
    """Returns the pages for the viewer. Event and booking have no entry in the menu; other pages link to them."""
    user = session.current_user()
    shown: Sections = {"": [_page("events", "Events", ":material/event:", default=True)]}
    hidden = [_page("event", "Event", ":material/event_seat:", visible=False)]
    if user is None:
        shown[""].append(_page("sign_in", "Sign in", ":material/login:"))
        for name, title in (("bookings", "My bookings"), ("queue", "My queue"), ("notifications", "Messages")):
            hidden.append(_page(name, title, ":material/lock:", visible=False))
        hidden += [_page("booking", "Booking", ":material/receipt_long:", visible=False)]
        hidden += [_page("account", "Account", ":material/person:", visible=False)]
    else:
        queue, messages = drawn_titles()
        shown[""] += [
            _page("bookings", "My bookings", ":material/receipt_long:"),
            _page("queue", queue, ":material/group:"),
            _page("notifications", messages, ":material/notifications:"),
            _page("account", "Account", ":material/person:"),
        ]
        hidden += [_page("booking", "Booking", ":material/receipt_long:", visible=False)]
        hidden += [_page("sign_in", "Sign in", ":material/login:", visible=False)]
    if user is not None and user.is_staff:
        shown["Staff"] = staff_pages(visible=True)
    elif user is None:
        # For guests, these addresses lead to the sign-in page, also before the cookie of a signed-in browser was read.
        hidden += staff_pages(visible=False)
    shown[""] += hidden
    return shown


def staff_pages(*, visible: bool) -> list["st.Page"]:
    """Returns the pages for staff; each page also checks the viewer itself."""
    return [
        _page("staff_events", "Events & seats", ":material/edit_calendar:", visible=visible),
        _page("staff_bookings", "All bookings", ":material/list_alt:", visible=visible),
        _page("staff_failures", "Failures", ":material/report:", visible=visible),
        _page("staff_queues", "Queues", ":material/groups:", visible=visible),
        _page("staff_users", "Users", ":material/manage_accounts:", visible=visible),
    ]


def _page(name: str, title: str, icon: str, *, default: bool = False, visible: bool = True) -> "st.Page":
    return st.Page(
        f"app_pages/{name}.py",
        title=title,
        icon=icon,
        url_path=name.replace("_", "-"),
        default=default,
        visibility="visible" if visible else "hidden",
    )
