"""Shows errors of the client service: plain sentences and a next step, never a traceback."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

from frontend.api.errors import ClientError, Problem, Refused, SessionExpired, is_outage
from frontend.forms.attempt import failure_of
from frontend.page.page_change import current_page
from frontend.page.tab import name_tab
from frontend.session import session
from frontend.widgets.ui import plain
from frontend.wording.errors import sentence
from frontend.wording.field_errors import sentence_with_field_name

P = ParamSpec("P")


def show_failure(error: ClientError) -> None:
    """Shows, instead of a page, why it cannot be shown and what to do."""
    if isinstance(error, SessionExpired):
        session.expire(current_page())
    if is_outage(error):
        _show_outage(error)
    elif isinstance(error, Refused) and error.problem.status == 404:
        name_tab("Not found")
        st.title("Not found")
        st.info("This does not exist, or it is not yours to see.", icon=":material/search_off:")
        st.page_link("app_pages/events.py", label="To all events", icon=":material/arrow_back:")
    else:
        show_refusal(error)


def show_refusal(error: ClientError) -> None:
    """Shows a refused action where it was tried, with the wrong fields if the service named them.

    A page with fields of its own shows the errors at the fields instead (`frontend.forms`).
    """
    st.error(plain(sentence(error)), icon=":material/error:")
    if isinstance(error, Refused):
        _show_fields(error.problem)


def show_failure_of(key: str) -> None:
    """Shows what went wrong at the last click on that button, if anything did."""
    error = failure_of(key)
    if error is not None:
        show_refusal(error)


def _show_fields(problem: Problem) -> None:
    for wrong in problem.errors:
        st.caption(plain(sentence_with_field_name(wrong)))


def _show_outage(error: ClientError) -> None:
    name_tab("We will be right back")
    st.title("We will be right back")
    st.info(f"{plain(sentence(error))} Nothing you have booked is lost.", icon=":material/cloud_off:")
    st.button("Try again", type="primary", icon=":material/refresh:", key="retry-after-outage")


def show_unexpected() -> None:
    """Shows what the viewer sees after a defect of the dashboard."""
    error_sentence = "Something went wrong on our side. Please reload the page; your bookings are safe."
    st.error(error_sentence, icon=":material/error:")


def show_failures_in_place(function: Callable[P, None]) -> Callable[P, None]:
    """Shows a failure in place of a fragment's content: fragments rerun on their own, outside the page's handling of
    errors.
    """

    @wraps(function)
    def shown(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            function(*args, **kwargs)
        except SessionExpired as error:
            show_failure(error)
        except ClientError as error:
            st.warning(f"{plain(sentence(error))} We keep trying.", icon=":material/cloud_off:")

    return shown
