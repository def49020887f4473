"""What a page showed last, shown again while the service cannot be asked, so that nothing entered on it is lost."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
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
_HURRY = "hurry"


@dataclass(frozen=True)
class Hurry:
    """Until then (`time.monotonic`) pages show what they showed last without asking; `error` is the outage, if any."""

    until: float
    error: ClientError | None = None


def hurry() -> None:
    """Somebody has sent something: it must not wait for what the page would ask first."""
    st.session_state[_HURRY] = Hurry(math.inf)


def hurry_is_over(error: ClientError | None = None) -> None:
    """What was sent is answered; in an outage the page that says so must not wait, either."""
    st.session_state.pop(_HURRY, None)
    if error is not None and is_outage(error):
        st.session_state[_HURRY] = Hurry(time.monotonic() + LOOK_AGAIN_SECONDS, error)


class Remembered:
    """The answers that one run of a page needs; makes a place for its banner where it is made."""

    def __init__(self) -> None:
        self._banner = st.container()
        self._hurry: Hurry = st.session_state.get(_HURRY, Hurry(0.0))

    def ask(self, name: str, ask: Callable[[], T]) -> T:
        """The answer; in an outage the last one, below a banner that says so.

        After the first failure nothing else is asked in this run. Raises the failure if there is no earlier answer.
        """
        key = _ANSWERS + name
        if key in st.session_state and time.monotonic() < self._hurry.until:
            return self._last(key, self._hurry.error, ask)
        try:
            answer = ask()
        except (Refused, ServiceUnreachable) as error:
            if not is_outage(error) or key not in st.session_state:
                raise
            self._hurry = Hurry(math.inf)
            return self._last(key, error, ask)
        st.session_state[key] = (datetime.now(UTC), answer)
        return answer

    def _last(self, key: str, error: ClientError | None, ask: Callable[[], T]) -> T:
        known_since: datetime
        answer: T
        known_since, answer = st.session_state[key]
        if error is not None:
            self._hurry = Hurry(self._hurry.until)
            self._show_banner(error, known_since, ask)
        return answer

    def _show_banner(self, error: ClientError, known_since: datetime, ask: Callable[[], object]) -> None:
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
