"""A button in a fragment or a dialog that acts at once; the caller shows the outcome in the same place.

Anything with fields, or with an effect on the whole page, is a `Form`.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

from frontend.api.errors import ClientError
from frontend.forms.action import Action

T = TypeVar("T")

_PREFIX = "attempt:"


def attempt(label: str, do: Callable[[], T], *, key: str, **look: Any) -> list[T]:
    """Draws the button and calls `do` when it is clicked.

    Returns a list with the result of `do`, in this run and, if it is interrupted, in later ones, until `over` is
    called; otherwise an empty list. `failure_of` returns the error.
    """
    action: Action[T] = _action(key)
    # Each try gives the button another name, so that a second click on the old button does nothing.
    if st.button(label, key=f"{key}:{action.tries}", **look) and not action.has_just_settled:
        action.carry_out(do)
    return action.results


def failure_of(key: str) -> ClientError | None:
    """Returns what went wrong at the last click; None if nothing did."""
    action: Action[object] = _action(key)
    return action.failure


def finish(key: str) -> None:
    """Ends the success after the caller has acted upon it."""
    action: Action[object] = _action(key)
    action.results = []


def has_just_settled() -> bool:
    """Returns whether the viewer got the outcome of an attempt just now, and may be in the middle of a double click."""
    return any(isinstance(action, Action) and action.has_just_settled for action in st.session_state.values())


def forget_attempts() -> None:
    """Forgets all outcomes, because the viewer went to another page or opened another dialog."""
    for key in [str(key) for key in st.session_state if str(key).startswith(_PREFIX)]:
        action: Action[object] = st.session_state[key]
        action.forget_outcome()


def _action(key: str) -> Action[T]:
    found: Action[T] = st.session_state.setdefault(_PREFIX + key, Action())
    return found
