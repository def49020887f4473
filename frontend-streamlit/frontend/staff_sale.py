"""Staff's ways to end an event's sale: close it, cancel the event, or remove it."""

from collections.abc import Callable

import streamlit as st

from frontend import catalogue
from frontend.errors import Refused, ServiceUnreachable
from frontend.failures import show_refusal
from frontend.models import Event
from frontend.sales import Sales, sales_of
from frontend.session import client


def sale_actions(event: Event) -> None:
    """Each action with what it does, and a confirmation."""
    sales = sales_of(event)
    if sales is Sales.CANCELLED:
        st.info("This event is cancelled. Bookings are being refunded and queues closed in the background.")
    _action(
        event,
        "Close the sale",
        "Nobody can book any more. Bookings that were made stay as they are, and so do the queues.",
        client().close_sales,
        possible=sales in {Sales.ON, Sales.NOT_YET},
    )
    _action(
        event,
        "Cancel the event",
        "**Every booking is cancelled and every paid one refunded in full; queues are closed and everybody is told.** "
        "This runs in the background and cannot be undone.",
        client().cancel_event,
        possible=sales is not Sales.CANCELLED,
    )
    _action(
        event,
        "Remove the event",
        "Takes the event and its seats out of the catalogue. Only possible while nobody has ever booked it.",
        client().delete_event,
        possible=True,
    )


def _action(event: Event, title: str, consequence: str, act: Callable[[str], None], *, possible: bool) -> None:
    with st.container(border=True):
        st.markdown(f"#### {title}")
        st.markdown(consequence)
        key = f"{title}:{event.id}"
        sure = st.checkbox("I am sure", key=f"sure:{key}", disabled=not possible)
        if not st.button(title, key=key, type="primary", disabled=not (possible and sure)):
            return
        try:
            act(event.id)
        except (Refused, ServiceUnreachable) as error:
            show_refusal(error)
            return
    catalogue.forget()
    st.toast("Done.", icon=":material/check:")
    st.rerun()
