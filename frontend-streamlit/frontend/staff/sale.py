"""Staff's ways to end an event's sale: close it, cancel the event, or remove it."""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from frontend.api.errors import unless_gone
from frontend.api.models import Event, Sale
from frontend.forms.changed_meanwhile import show_changed_meanwhile
from frontend.forms.form import Form
from frontend.page.failures import show_failures_in_place
from frontend.session.session import client
from frontend.staff import fresh_catalogue
from frontend.staff.event_form import differences_of_events
from frontend.wording.staff import CANCEL_EVENT, CLOSE_SALE, REMOVE_EVENT, cancellation_progress

T = TypeVar("T")

PROGRESS_SECONDS = 5


def sale_actions(event: Event) -> None:
    """Shows each action with its consequence and a confirmation."""
    api = client()
    if event.status is Sale.CANCELLED:
        show_progress(event)
    _action(
        "Close the sale",
        "Closing the sale…",
        CLOSE_SALE,
        event,
        lambda: api.close_sales(event.id),
        _closed,
        possible=event.status in {Sale.SCHEDULED, Sale.ON_SALE, Sale.STARTED},
    )
    _action(
        "Cancel the event",
        "Cancelling the event…",
        CANCEL_EVENT,
        event,
        lambda: api.cancel_event(event.id),
        lambda _: _cancelled(event),
        possible=event.status is not Sale.CANCELLED,
    )
    _removal(event)


@st.fragment(run_every=PROGRESS_SECONDS)
@show_failures_in_place
def show_progress(event: Event) -> None:
    """Shows the progress of the cancellation."""
    st.info(cancellation_progress(client().event_operations(event.id)), icon=":material/info:")


def _action(
    title: str,
    busy: str,
    consequence: str,
    event: Event,
    act: Callable[[], T],
    done: Callable[[T], str],
    *,
    possible: bool,
) -> None:
    form = Form(f"{title}:{event.id}")
    with st.container(border=True):
        st.markdown(f"## {title}")
        st.markdown(consequence)
        sure = st.checkbox("I am sure", key=form.key("sure"), disabled=not possible)
        form.button(title, busy, disabled=not (possible and sure), in_form=False)
        form.send(None, lambda _: act(), done)


def _removal(event: Event) -> None:
    form = Form(f"Remove the event:{event.id}")
    first, present, api = form.pinned(lambda: event), form.present(Event), client()
    version = (present or first).version
    with st.container(border=True):
        st.markdown("## Remove the event")
        st.markdown(REMOVE_EVENT)
        sure = st.checkbox("I am sure", key=form.key("sure"))
        form.button(
            "Remove it all the same" if present else "Remove the event",
            "Removing the event…",
            disabled=not sure,
            in_form=False,
        )
        if present:
            show_changed_meanwhile(
                form,
                differences_of_events(first, present),
                "**Remove it all the same** removes the event as it is now.",
                take=lambda: fresh_catalogue.remember(present),
            )
        form.send(
            None,
            lambda _: unless_gone(lambda: api.delete_event(event.id, version=version)),
            lambda _: _removed(event),
        )


def _closed(event: Event) -> str:
    fresh_catalogue.remember(event)
    return "The sale is closed."


def _cancelled(event: Event) -> str:
    fresh_catalogue.remember(event.model_copy(update={"status": Sale.CANCELLED}))
    return "The event is cancelled. Its bookings follow in the background."


def _removed(event: Event) -> str:
    fresh_catalogue.forget_event(event.id)
    return "The event is removed."
