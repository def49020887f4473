"""What a page showed last, shown again while the service cannot be asked, so that nothing entered on it is lost."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import streamlit as st

from frontend.errors import ClientError, Refused, ServiceUnreachable, is_outage
from frontend.failures import sentence
from frontend.session import clock
from frontend.ui import plain

T = TypeVar("T")

LOOK_AGAIN_SECONDS = 3
_ANSWERS = "remembered:"


class Remembered:
    """The answers that one run of a page needs; makes a place for its banner where it is made."""

    def __init__(self) -> None:
        self._banner = st.container()
        self._outage: ClientError | None = None

    def ask(self, name: str, ask: Callable[[], T]) -> T:
        """The answer; in an outage the last one, below a banner that says so.

        After the first failure nothing else is asked in this run. Raises the failure if there is no earlier answer.
        """
        key = _ANSWERS + name
        if self._outage is not None and key in st.session_state:
            last: T = st.session_state[key][1]
            return last
        try:
            answer = ask()
        except (Refused, ServiceUnreachable) as error:
            if not is_outage(error) or key not in st.session_state:
                raise
            known_since, last = st.session_state[key]
            self._show_banner(error, known_since, ask)
            return last
        st.session_state[key] = (datetime.now(UTC), answer)
        return answer

    def _show_banner(self, error: ClientError, known_since: datetime, ask: Callable[[], object]) -> None:
        self._outage = error
        with self._banner:
            st.warning(
                f"{plain(sentence(error))} This is how it was at {clock().precise(known_since)}. "
                "What you have entered is kept; the page continues by itself.",
                icon=":material/cloud_off:",
            )
            _wait_for_return(ask, time.monotonic())


@st.fragment(run_every=LOOK_AGAIN_SECONDS)
def _wait_for_return(ask: Callable[[], object], begun: float) -> None:
    """Show the page anew as soon as the service answers again."""
    if time.monotonic() - begun < LOOK_AGAIN_SECONDS / 2:
        # This is the run of the page that has just asked in vain.
        return
    try:
        ask()
    except ClientError:
        return
    st.rerun()
