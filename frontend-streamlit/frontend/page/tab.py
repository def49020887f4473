"""The title and the icon of the browser's tab, which also name the page in the history and in bookmarks."""

import streamlit as st

SITE = "Tickets"
NAMED_BY_CONTENT = frozenset({"event", "booking"})
"""Pages that name their tab themselves, once they know what they show."""
_TITLE = "tab-title"
_ICON = "tab-icon"


def prepare_tab(icon: str) -> None:
    """Sets the layout, and the title and icon of the last run, so that they do not change while the page is made."""
    known_title, known_icon = st.session_state.get(_TITLE, SITE), st.session_state.get(_ICON, icon)
    st.set_page_config(page_title=known_title, page_icon=known_icon, layout="wide")


def name_tab(title: str, icon: str | None = None) -> None:
    """Puts what the page is about before the name of the site; without an icon, the tab keeps the one it has."""
    st.session_state[_TITLE] = f"{title} · {SITE}"
    if icon is not None:
        st.session_state[_ICON] = icon
    st.set_page_config(page_title=st.session_state[_TITLE], page_icon=icon)
