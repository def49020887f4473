"""What a form shows when somebody else has changed the same thing: both values, and the ways on.

Nothing that was typed is lost. The viewer takes the present version, or saves over it in the knowledge of what it is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from frontend.forms.form import Form
from frontend.widgets.ui import plain

LONGEST_SHOWN = 200
NOTHING_SHOWN = "What this form shows is as it was; something else has changed."


@dataclass(frozen=True)
class Difference:
    """A field with another value than the form began with; `yours` is None if the viewer has not edited it."""

    label: str
    yours: str | None
    now: str


def difference(label: str, first: str, entered: str, now: str) -> list[Difference]:
    """Returns the difference between the value with which the form began and the present one, if there is one."""
    if now == first:
        return []
    return [Difference(label, None if entered == first else entered, now)]


def show_changed_meanwhile(
    form: Form, differences: Sequence[Difference], way_on: str, *, take: Callable[[], None] | None = None
) -> None:
    """Shows the differences, and the button that takes the present version. Call it after the form's button.

    `way_on` says what that button does now. `take` makes the page show the present version.
    """
    lines = [f"- **{plain(each.label)}**: {_both(each)}" for each in differences]
    st.warning(
        "\n".join(["Changed meanwhile:", "", *lines]) if lines else NOTHING_SHOWN, icon=":material/sync_problem:"
    )
    st.caption(way_on)

    def start_anew() -> None:
        if take is not None:
            take()
        form.start_anew()

    st.button("Take the current version", on_click=start_anew, key=form.key("take"), icon=":material/refresh:")


def _both(each: Difference) -> str:
    if each.yours is None:
        return f"now {_shown(each.now)}; you have not edited it"
    return f"yours {_shown(each.yours)}, now {_shown(each.now)}"


def _shown(text: str) -> str:
    one_line = " ".join(text.split())
    cut = one_line if len(one_line) <= LONGEST_SHOWN else one_line[:LONGEST_SHOWN] + "…"
    return f"“{plain(cut)}”" if cut else "empty"
