"""Pieces that several pages share."""

import hashlib
import re
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

import streamlit as st

from frontend.api.models import Booking, Event
from frontend.wording.formatting import Clock, money, price_range
from frontend.wording.states import BOOKING, Wording

_STYLE = (Path(__file__).parent / "assets" / "page.css").read_text(encoding="utf-8")
_HUES = (172, 204, 226, 262, 292, 330, 12, 32, 142)


def style() -> None:
    """Adds the page's own style to the theme."""
    st.html(f"<style>{_STYLE}</style>")


def plain(text: str) -> str:
    """Escapes everything in a person's text that Markdown would take for formatting."""
    return re.sub(r"([\\`*_{}\[\]()<>#+\-!|~:$])", r"\\\1", text)


def hue(key: str) -> int:
    """Returns a colour that always belongs to the same key."""
    return _HUES[hashlib.sha256(key.encode()).digest()[0] % len(_HUES)]


def status_badge(wording: Wording) -> None:
    """Shows a state as a coloured badge with its icon."""
    st.badge(wording.label, icon=wording.icon, color=wording.colour)


def booking_badge(booking: Booking) -> None:
    """Shows a booking's state as a badge."""
    status_badge(BOOKING[booking.status])


def payment_link(booking: Booking) -> bool:
    """Shows the button that opens the payment page. Returns False, and shows none, if there is no web address."""
    if not booking.payment_url or urlsplit(booking.payment_url).scheme not in {"http", "https"}:
        return False
    amount = money(booking.amount or 0, booking.currency)
    st.link_button(f"Pay {amount} now", booking.payment_url, type="primary", icon=":material/credit_card:")
    return True


def event_banner(event: Event, clock: Clock) -> None:
    """Shows the head of an event's page."""
    st.html(
        f'<section class="banner" style="--hue:{hue(event.id)}">'
        f"<p>{escape(clock.moment(event.starts_at))}</p><h1>{escape(event.name)}</h1><p>{escape(event.venue)}</p></section>"
    )


def event_card_head(event: Event, clock: Clock) -> None:
    """Returns the head of an event's card."""
    day = event.starts_at.astimezone(clock.zone)
    prices = price_range(event.price_from, event.price_to, event.currency)
    st.html(
        f'<div class="card-head" style="--hue:{hue(event.id)}"><span class="day">{day.day}</span>'
        f"<span>{escape(clock.month(event.starts_at))}</span></div>"
        f'<h2 class="card-title">{escape(event.name)}</h2>'
        f'<p class="card-line">{escape(event.venue)}</p>'
        f'<p class="card-line">{escape(clock.moment(event.starts_at))}</p>'
        f'<p class="card-price">{escape(prices)}</p>'
    )


def facts(pairs: dict[str, str]) -> None:
    """Shows names and values side by side; empty values are left out."""
    cells = "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in pairs.items() if v)
    st.html(f'<dl class="facts">{cells}</dl>')
