"""A button that acts where it is pressed, in a fragment or a dialog, and whose outcome the caller draws there.

Whatever has fields, or acts on the whole page, is a `Form`.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

from frontend.api.errors import ClientError
from frontend.forms.action import Action

T = TypeVar("T")

_PREFIX = "attempt:"


def attempt(label: str, do: Callable[[], T], *, key: str, **look: Any) -> list[T]:
    """Draw the button and call `do` when it is pressed.

    Answers a list with what `do` has returned, in this run and, should it be interrupted, in the next ones, until
    `over` says that it has been acted upon; else an empty list. What went wrong is in `failure_of`.
    """
    action: Action[T] = _action(key)
    # After each try the button has another name, so that a second press of the old one does nothing.
    if st.button(label, key=f"{key}:{action.tries}", **look):
        action.carry_out(do)
    return action.results


def failure_of(key: str) -> ClientError | None:
    """What went wrong at the last press; None if nothing did."""
    action: Action[object] = _action(key)
    return action.failure


def over(key: str) -> None:
    """The success has been acted upon."""
    action: Action[object] = _action(key)
    action.results = []


def forget_attempts() -> None:
    """Forget all outcomes: the viewer has gone to another page or opened another dialog."""
    for key in [str(key) for key in st.session_state if str(key).startswith(_PREFIX)]:
        action: Action[object] = st.session_state[key]
        action.forget_outcome()


def _action(key: str) -> Action[T]:
    found: Action[T] = st.session_state.setdefault(_PREFIX + key, Action())
    return found
