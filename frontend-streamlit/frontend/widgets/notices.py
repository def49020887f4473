"""Short notices about what has just been done. The next run of the script shows them, however this run ends."""

import streamlit as st

_PENDING = "pending-notices"


def notify_later(words: str) -> None:
    """Shows these words with the next run, if there are any."""
    pending = st.session_state.setdefault(_PENDING, [])
    if words and words not in pending:
        pending.append(words)


def show_notices() -> None:
    """Shows the waiting notices; if another click interrupts this run, the next run shows them."""
    for words in st.session_state.get(_PENDING, []):
        st.toast(words, icon=":material/check:")
    st.session_state.pop(_PENDING, None)
