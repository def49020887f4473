"""The dashboard's own browser components: small scripts that come with the page and load nothing from elsewhere."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from frontend.api.models import TicketLink

_ASSETS = Path(__file__).parent / "assets"


def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


seat_map_component = st.components.v2.component(
    "seat_map",
    html=_asset("seat_map.html"),
    css=_asset("seat_map.css"),
    js="\n".join(map(_asset, ("choice_bar.js", "map_stream.js", "map_zoom.js", "seat_map.js"))),
)
_best_seats = st.components.v2.component(
    "best_seats", html=_asset("best_seats.html"), css=_asset("best_seats.css"), js=_asset("best_seats.js")
)
_countdown = st.components.v2.component(
    "countdown", html=_asset("countdown.html"), css=_asset("countdown.css"), js=_asset("countdown.js")
)
_document = st.components.v2.component(
    "document", html=_asset("document.html"), css=_asset("document.css"), js=_asset("document.js")
)
_outage = st.components.v2.component(
    "outage", html=_asset("outage.html"), css=_asset("outage.css"), js=_asset("outage.js")
)
_look_again = st.components.v2.component("look_again", js=_asset("look_again.js"))
session_cookie_component = st.components.v2.component("session_cookie", js=_asset("session_cookie.js"))


def do_nothing() -> None:
    """A callback for component values whose change needs no action."""


def component_value(key: str, name: str) -> object | None:
    """Returns what a browser component has sent under `name`; None if it is not drawn yet or sent nothing."""
    state = st.session_state.get(key)
    return state.get(name) if isinstance(state, Mapping) else None


def best_seats_control(*, key: str, data: Mapping[str, object]) -> None:
    """Shows the control that asks for the best seats; the page reruns when it asks."""
    _best_seats(key=key, data=data, on_asked_change=do_nothing)


def outage_banner(path: str) -> None:
    """Shows the banner that says when a service does not answer; the page reruns when the outage ends."""
    _outage(key="outage", data={"path": path}, height=1, on_over_change=do_nothing)


def countdown(label: str, until: datetime, *, whole_seconds: int, key: str) -> None:
    """Shows a countdown to `until`, whose bar is full at `whole_seconds`; the page reruns when it ends."""
    left = max(0.0, (until - datetime.now(UTC)).total_seconds())
    data = {"label": label, "seconds_left": round(left, 1), "seconds_whole": max(whole_seconds, 1)}
    _countdown(key=key, data=data, on_ended_change=do_nothing)


def look_again(seconds: float, *, key: str) -> None:
    """Reruns the fragment that it is shown in after so many seconds, once for each time that it is shown."""
    _look_again(key=key, data={"seconds": seconds, "shown_at": time.monotonic()}, height=1, on_look_change=do_nothing)


def document(link: TicketLink, *, filename: str, key: str) -> None:
    """Shows a PDF in the page with a button that saves it; the browser loads it straight from its link."""
    _document(key=key, data={"url": link.url, "sha256": link.sha256 or link.url, "filename": filename})
