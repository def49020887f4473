"""Short words about what has just been done, shown by the next run of the script however this one ends."""

import streamlit as st

_PENDING = "pending-notices"


def tell_later(words: str) -> None:
    """Have the next run show these words, if there are any."""
    pending = st.session_state.setdefault(_PENDING, [])
    if words and words not in pending:
        pending.append(words)


def tell_now() -> None:
    """Show what waits to be told; another click that interrupts this run makes the next one show it."""
    for words in st.session_state.get(_PENDING, []):
        st.toast(words, icon=":material/check:")
    st.session_state.pop(_PENDING, None)
