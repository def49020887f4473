"""A button whose press is carried out once, and whose outcome stays to be read.

Streamlit begins a new run when somebody presses again, in the middle of the old one: what the old run wanted to say is
lost, and the new run would do it all again. So what was done, and what came of it, is kept outside of the run.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import streamlit as st

from frontend.api.errors import ClientError, Refused, ServiceUnreachable

T = TypeVar("T")

_PREFIX = "attempt:"


class Attempt(Generic[T]):
    """What is known of one button's presses; `turn` names the button anew after each, so a press of it counts once."""

    def __init__(self) -> None:
        self.turn = 0
        self.error: ClientError | None = None
        self.results: list[T] = []

    def carry_out(self, do: Callable[[], T]) -> None:
        """Do it. `do` must not touch Streamlit, which could end the run in the middle of it."""
        self.turn += 1
        self.error = None
        self.results = []
        try:
            self.results = [do()]
        except (Refused, ServiceUnreachable) as error:
            self.error = error


def attempt(label: str, do: Callable[[], T], *, key: str, **look: Any) -> list[T]:
    """Draw the button and do what it is for when it is pressed.

    Answers a list with what `do` has returned, in this run and, should it be interrupted, in the next ones, until
    `over` says that it has been acted upon; else an empty list. What went wrong is in `failure_of`.
    """
    state: Attempt[T] = _state(key)
    if st.button(label, key=f"{key}:{state.turn}", **look):
        state.carry_out(do)
    return state.results


def failure_of(key: str) -> ClientError | None:
    """What went wrong at the last press; None if nothing did."""
    state: Attempt[object] = _state(key)
    return state.error


def over(key: str) -> None:
    """The success has been acted upon."""
    state: Attempt[object] = _state(key)
    state.results = []


def forget_attempts() -> None:
    """Forget what went wrong and right: the viewer is somewhere else now."""
    for key in [str(key) for key in st.session_state if str(key).startswith(_PREFIX)]:
        kept: Attempt[object] = st.session_state[key]
        kept.error, kept.results = None, []


def _state(key: str) -> Attempt[T]:
    name = _PREFIX + key
    if name not in st.session_state:
        st.session_state[name] = Attempt()
    found: Attempt[T] = st.session_state[name]
    return found
