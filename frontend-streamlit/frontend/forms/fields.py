"""The kinds of form fields. Each checks what it can before anything is sent, and shows its own errors."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import streamlit as st
from servicekit.text import TextError, one_line, several_lines

from frontend.forms.form import Form
from frontend.forms.local_time import (
    WrongTimeError,
    entered_moment,
    occurrence_label,
    occurrences,
    on_the_clock,
    which_occurrence,
    with_clock_time_of,
)

Autofill = Literal["new-password", "current-password"]

LONGEST_NAME = 200
HIGHEST_PRICE = 1_000_000_000_000
LONGEST_DESCRIPTION = 5000
LONGEST_PERSON = 120
LONGEST_EMAIL = 254
LONGEST_PASSWORD = 128

ONE_LINE = "Please keep this to one line, without line breaks, tabs, control characters or invisible characters."
SEVERAL_LINES = "Please remove the control characters and invisible characters from this text."
EMAIL_HINT = "Please enter an address such as name@example.com."


def text_field(
    form: Form,
    name: str,
    label: str,
    *,
    value: str = "",
    longest: int = LONGEST_NAME,
    hint: str = "",
    autofill: str = "",
) -> str:
    """Shows a text field of one line that must not be empty. A text that was not edited is not checked."""
    typed = st.text_input(label, value=value, max_chars=longest, key=form.key(name), autocomplete=autofill)
    form.below(name, label, hint or f"Please enter one line of at most {longest} characters.")
    text = _checked(form, name, typed, value, one_line, ONE_LINE)
    form.require(name, text)
    return text


def long_text_field(form: Form, name: str, label: str, *, value: str, longest: int) -> str:
    """Shows a text field of several lines, which may be empty."""
    typed = st.text_area(label, value=value, max_chars=longest, key=form.key(name))
    form.below(name, label, f"Please enter at most {longest} characters.")
    return _checked(form, name, typed, value, several_lines, SEVERAL_LINES)


def email_field(form: Form, *, value: str = "", autofill: str = "email") -> str:
    """Shows the field `email`."""
    return text_field(form, "email", "Email", value=value, longest=LONGEST_EMAIL, hint=EMAIL_HINT, autofill=autofill)


def password_field(form: Form, name: str, label: str, *, autofill: Autofill, tip: str | None = None) -> str:
    """Shows a password field; the password is not trimmed."""
    typed = st.text_input(
        label, type="password", max_chars=LONGEST_PASSWORD, key=form.key(name), autocomplete=autofill, help=tip
    )
    form.below(name, label, "Please choose another password.")
    form.require(name, typed)
    return typed


def new_password_field(form: Form, name: str, label: str) -> str:
    """Shows a field for a new password, with the rules for a good one."""
    tip = "At least 8 characters; not only digits, not a common password, not like the name or the email."
    return password_field(form, name, label, autofill="new-password", tip=tip)


def choice_field(form: Form, name: str, label: str, options: Sequence[str], *, value: str | None) -> str:
    """Shows a list of `options`; the present value is always among them."""
    offered = [value, *(option for option in options if option != value)] if value else list(options)
    chosen = st.selectbox(label, offered, index=0 if value else None, placeholder="Choose one", key=form.key(name))
    form.below(name, label, "Please choose another one.")
    form.require(name, chosen, "Please choose one.")
    return chosen or ""


def number_field(form: Form, name: str, label: str, *, value: int, least: int, most: int, step: int = 1) -> int:
    """Shows a field for a whole number between `least` and `most`."""
    typed = st.number_input(label, min_value=least, max_value=most, value=value, step=step, key=form.key(name))
    form.below(name, label, f"Please enter a whole number between {least:,} and {most:,}.")
    return int(typed)


def price_field(form: Form, label: str, *, value: int) -> int:
    """Shows the field for a price in minor units of the event's currency."""
    return number_field(form, "price", label, value=value, least=0, most=HIGHEST_PRICE, step=5000)


def moment_field(form: Form, name: str, label: str, *, shown: datetime, shown_in: ZoneInfo, zone: ZoneInfo) -> datetime:
    """Shows a moment as a day and a clock time of `zone`. The moment stays `shown` until somebody edits it.

    If clocks of the zone show the entered time twice, the field asks which one is meant. `shown_in` is the zone that
    the form began with: if the form now has another zone, the clock time stays.
    """
    local = on_the_clock(shown, shown_in)
    shown = with_clock_time_of(shown, shown_in, zone)
    day_column, time_column = st.columns(2)
    day = day_column.date_input(label, value=local.date(), key=form.key(f"{name}:day"))
    clock_time = time_column.time_input(
        f"{label}, local time", value=local.time(), step=timedelta(minutes=15), key=form.key(f"{name}:time")
    )
    wall = datetime.combine(day, clock_time)
    unedited = wall == local
    which = _ask_which(form, name, label, wall, zone, which_occurrence(shown, zone) if unedited else None)
    form.below(name, label, "Please choose another day or time.")
    try:
        return entered_moment(shown, day, clock_time, which, zone)
    except WrongTimeError as error:
        form.reject(name, str(error))
        return shown


def _ask_which(form: Form, name: str, label: str, wall: datetime, zone: ZoneInfo, beforehand: int | None) -> int | None:
    found = occurrences(wall, zone)
    if len(found) < 2:
        return None
    chosen: int | None = st.radio(
        f"{label}: {wall:%H:%M} comes twice on this day. Which one?",
        range(len(found)),
        index=beforehand,
        format_func=lambda which: occurrence_label(found[which], zone),
        horizontal=True,
        key=form.key(f"{name}:which:{wall.isoformat()}"),
    )
    return chosen


def _checked(form: Form, name: str, typed: str, value: str, rule: Callable[[str], str], refusal: str) -> str:
    if value and typed == value:
        return value
    try:
        return rule(typed)
    except TextError:
        form.reject(name, refusal)
        return typed
