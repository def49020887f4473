"""Which dialog is open, and about what.

An open dialog is kept in the session rather than opened once by a click: a rerun of the page for another reason would
close it under the viewer's hands, and a refresh of the fragment that holds the click would too.
"""

from dataclasses import dataclass

import streamlit as st
from streamlit.errors import StreamlitAPIException

from frontend.forms.attempt import forget_attempts

_OPEN = "open-dialog"


@dataclass(frozen=True)
class OpenDialog:
    """The dialog's name and what it is about."""

    name: str
    subject: object


def open_dialog(name: str, subject: object) -> None:
    """Have the page show a dialog in its next full run, without what went wrong when it was open before."""
    forget_attempts()
    st.session_state[_OPEN] = OpenDialog(name, subject)


def dialog_subject(name: str) -> object | None:
    """What the dialog of that name is about, None while it is closed."""
    found: OpenDialog | None = st.session_state.get(_OPEN)
    return found.subject if found is not None and found.name == name else None


def close_dialog() -> None:
    """Forget the open dialog, whichever it is."""
    st.session_state.pop(_OPEN, None)


def rerun_here() -> None:
    """Run the fragment again, or the whole page when it was the page that ran."""
    try:
        st.rerun(scope="fragment")
    except StreamlitAPIException:
        st.rerun()
