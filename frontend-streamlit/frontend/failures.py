"""How errors of the client service look: plain sentences, a way on, never a traceback."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

from frontend import session
from frontend.api.errors import (
    ClientError,
    Party,
    Problem,
    Refused,
    ServiceUnreachable,
    SessionExpired,
    Trouble,
    is_outage,
)
from frontend.attempt import failure_of
from frontend.field_errors import named
from frontend.page_change import current_page
from frontend.ui import plain
from frontend.wording import FAILURE_REASONS, OUTAGES

P = ParamSpec("P")

# Where the service's own sentence speaks to programs, ours speaks to people.
_SENTENCES = {
    "seat-unavailable": "At least one of these seats has just been taken by somebody else. Please choose again.",
    "organizer-declined": FAILURE_REASONS["ORGANIZER_DECLINED"],
    "organizer-unreachable": FAILURE_REASONS["ORGANIZER_UNREACHABLE"],
    "payment-unavailable": FAILURE_REASONS["INVOICE_UNAVAILABLE"],
    "ticket-unavailable": OUTAGES[Party.TICKET, Trouble.UNREACHABLE],
    "not-ready": OUTAGES[Party.CLIENT, Trouble.NOT_READY],
    "payment-in-progress": "A payment for this booking is being processed right now. Please wait for its outcome.",
    "event-started": "The event has begun, so this booking can no longer be cancelled here. Our staff still can.",
    "booking-in-progress": "The booking is still being made. Please try again in a moment.",
    "validation-error": "Some of what was entered is not accepted.",
    "request-in-progress": "This was sent before and is still being worked on. Please try again in a moment.",
    "too-many-requests": "That was a little fast. Please wait a moment and try again.",
}


def sentence(error: ClientError) -> str:
    """The error in a sentence for people."""
    if isinstance(error, Refused):
        return _SENTENCES.get(error.problem.type, error.problem.sentence)
    if isinstance(error, SessionExpired):
        return session.EXPIRED
    if isinstance(error, ServiceUnreachable):
        return OUTAGES[error.party, error.trouble]
    return str(error)


def show_failure(error: ClientError) -> None:
    """Show, instead of a page, why it cannot be shown and what to do."""
    if isinstance(error, SessionExpired):
        session.expire(current_page())
    if is_outage(error):
        _show_outage(error)
    elif isinstance(error, Refused) and error.problem.status == 404:
        st.title("Not found")
        st.info("This does not exist, or it is not yours to see.", icon=":material/search_off:")
        st.page_link("app_pages/events.py", label="To all events", icon=":material/arrow_back:")
    else:
        show_refusal(error)


def show_refusal(error: ClientError) -> None:
    """Show a refused action where it was tried, with the wrong fields if the service named them.

    A page with fields of its own shows them at the fields instead (`frontend.forms`).
    """
    st.error(plain(sentence(error)), icon=":material/error:")
    if isinstance(error, Refused):
        _show_fields(error.problem)


def show_failure_of(key: str) -> None:
    """Show what went wrong at the last press of that button, if anything did."""
    error = failure_of(key)
    if error is not None:
        show_refusal(error)


def _show_fields(problem: Problem) -> None:
    for wrong in problem.errors:
        st.caption(plain(named(wrong)))


def _show_outage(error: ClientError) -> None:
    st.title("We will be right back")
    st.info(f"{plain(sentence(error))} Nothing you have booked is lost.", icon=":material/cloud_off:")
    st.button("Try again", type="primary", icon=":material/refresh:", key="retry-after-outage")


def show_unexpected() -> None:
    """What the viewer sees when something of ours broke."""
    words = "Something went wrong on our side. Please reload the page; your bookings are safe."
    st.error(words, icon=":material/error:")


def calm(function: Callable[P, None]) -> Callable[P, None]:
    """Show a failure in place of a fragment's content: fragments rerun on their own, outside the page's handling."""

    @wraps(function)
    def shown(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            function(*args, **kwargs)
        except SessionExpired as error:
            show_failure(error)
        except ClientError as error:
            st.warning(f"{plain(sentence(error))} We keep trying.", icon=":material/cloud_off:")

    return shown
