"""Which dialog is open, and about what.

The session keeps the open dialog; a click alone would not: a rerun of the page, or a refresh of the fragment with the
click, would close the dialog while the viewer uses it.
"""

from dataclasses import dataclass

import streamlit as st
from streamlit.errors import StreamlitAPIException

from frontend.forms.attempt import forget_attempts, has_just_settled

_OPEN = "open-dialog"


@dataclass(frozen=True)
class OpenDialog:
    """The dialog's name and what it is about."""

    name: str
    subject: object


def open_dialog(name: str, subject: object) -> None:
    """Opens a dialog with the page's next full run, without the errors of its last opening."""
    forget_attempts()
    st.session_state[_OPEN] = OpenDialog(name, subject)


def dialog_subject(name: str) -> object | None:
    """Returns what the dialog of that name is about; None while it is closed."""
    found: OpenDialog | None = st.session_state.get(_OPEN)
    return found.subject if found is not None and found.name == name else None


def close_dialog() -> None:
    """Closes the open dialog, whichever it is."""
    st.session_state.pop(_OPEN, None)


def dismiss_dialog() -> None:
    """Closes the dialog that the viewer dismissed, unless that was the second half of a double click: then what the
    first one did is still to be read.
    """
    if not has_just_settled():
        close_dialog()


def rerun_here() -> None:
    """Reruns the fragment, or the whole page if the page was running."""
    try:
        st.rerun(scope="fragment")
    except StreamlitAPIException:
        st.rerun()
