"""Short notices about what has just been done, shown by the next run of the script however this one ends."""

import streamlit as st

_PENDING = "pending-notices"


def notify_later(words: str) -> None:
    """Have the next run show these words, if there are any."""
    pending = st.session_state.setdefault(_PENDING, [])
    if words and words not in pending:
        pending.append(words)


def show_notices() -> None:
    """Show the waiting notices; if another click interrupts this run, the next one shows them."""
    for words in st.session_state.get(_PENDING, []):
        st.toast(words, icon=":material/check:")
    st.session_state.pop(_PENDING, None)
