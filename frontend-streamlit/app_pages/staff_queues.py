"""The queues of an event, for staff."""

import streamlit as st

from frontend.api.models import WaitlistEntry
from frontend.session.session import client, require_staff, venue_clock
from frontend.staff.event_choice import choose_event, known_events
from frontend.widgets.ui import plain
from frontend.wording.formatting import Clock, count, seat_name
from frontend.wording.staff import QUEUE_LABELS
from frontend.wording.states import QUEUE_CLOSES

PAGE = "app_pages/staff_queues.py"


def main() -> None:
    """Shows the page."""
    require_staff(PAGE)
    st.title("Queues")
    st.caption(QUEUE_CLOSES)
    event = choose_event(known_events())
    if event is None:
        return
    with_ended = st.toggle("Show ended entries too")
    entries = client().event_queue(event.id, with_ended=with_ended)
    if not entries:
        nobody = "Nobody has ever queued" if with_ended else "Nobody is queueing"
        st.info(f"{nobody} for a seat of this event.", icon=":material/groups:")
        return
    st.caption(count(len(entries), "entry", "entries"))
    st.dataframe([row(entry, venue_clock(event)) for entry in sorted(entries, key=in_line)], hide_index=True)
    offered = [entry for entry in entries if entry.booking_id]
    for entry in offered:
        who = entry.customer.name if entry.customer else "the buyer"
        st.page_link(
            "app_pages/booking.py",
            label=plain(f"Booking of {who} for {seat_name(entry.seat)}"),
            icon=":material/receipt_long:",
            query_params={"id": entry.booking_id or ""},
        )


def in_line(entry: WaitlistEntry) -> tuple[str, bool, int, str]:
    """Sorts the entries of one seat together: waiting ones by position, then those that have ended."""
    return (seat_name(entry.seat), not entry.status.is_live, entry.position or 0, entry.joined_at.isoformat())


def row(entry: WaitlistEntry, venue: Clock) -> dict[str, object]:
    """Returns an entry as a row of the table."""
    return {
        "Seat": seat_name(entry.seat),
        "Place": entry.position,
        "State": QUEUE_LABELS[entry.status],
        "Who": f"{entry.customer.name} <{entry.customer.email}>" if entry.customer else "",
        "Since": venue.short(entry.joined_at),
        "Offer until": venue.short(entry.offer_expires_at) if entry.offer_expires_at else "",
    }


main()
