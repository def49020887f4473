"""What forms remember between runs of the script: the action itself, and what its fields hold.

A run that may touch Streamlit no more can still finish what it has begun; another run then acts upon the outcome.
"""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import streamlit as st

from frontend.forms.action import Action
from frontend.widgets.notices import notify_later

_STATE = "form:"
_PAGE = "page-of-forms"


@dataclass(frozen=True)
class Success:
    """What the service answered, and what is to be done about it in the viewer's session."""

    result: Any
    done: Callable[[Any], str] | None


@dataclass
class FormState(Action[Success]):
    """One form's memory.

    `generation` counts how often the form succeeded: its fields are then new and empty.
    `idempotency_key` belongs to `content` and stays until the outcome is known.
    """

    generation: int = 0
    asked: bool = False
    working: bool = False
    lock: Lock = field(default_factory=Lock, repr=False)
    idempotency_key: str = ""
    content: object = field(default=None, repr=False)
    wrong: dict[str, str] = field(default_factory=dict)
    refusal: str = ""
    pinned: object = field(default=None, repr=False)

    @property
    def success(self) -> Success | None:
        """The last try's success until it has been acted upon; None if there is none."""
        return self.results[0] if self.results else None

    @property
    def is_pending(self) -> bool:
        """Whether the button was pressed and what came of it is not shown yet."""
        return self.asked or self.working or self.success is not None

    def ask(self, tries: int | None) -> None:
        """The button was pressed that was shown for this try; None for a button that was shown busy."""
        if tries == self.tries and not self.working:
            self.asked = True

    def key_for(self, content: object) -> str:
        """The idempotency key of this content: the same as before while the content is the same."""
        if not self.idempotency_key or content != self.content:
            self.idempotency_key, self.content = uuid.uuid4().hex, content
        return self.idempotency_key

    def leave(self) -> None:
        """The viewer has gone to another page, and Streamlit forgets what the fields held."""
        self.asked, self.wrong, self.refusal, self.failure, self.pinned = False, {}, "", None, None


def state_of(name: str) -> FormState:
    """The memory of the form of that name, made on first use."""
    found: FormState = st.session_state.setdefault(_STATE + name, FormState())
    return found


def start_anew(name: str, state: FormState) -> None:
    """Show new fields from the next run on; clicks on the old button are then dropped."""
    st.session_state[_STATE + name] = FormState(generation=state.generation + 1)


def settle_forms() -> None:
    """Act upon what has succeeded, wherever the viewer is by now; the first thing of every run."""
    for name, state in list(_states()):
        success = state.success
        if success is None:
            continue
        if success.done is not None:
            notify_later(success.done(success.result))
        if _STATE + name in st.session_state:
            start_anew(name, state)


def arrive_with_forms(page: str) -> None:
    """On another page than before, forms begin anew, and what was pressed but not carried out any more is dropped."""
    if st.session_state.get(_PAGE) == page:
        return
    st.session_state[_PAGE] = page
    for _, state in _states():
        state.leave()


def _states() -> Iterator[tuple[str, FormState]]:
    for key, state in st.session_state.items():
        if isinstance(state, FormState):
            yield str(key).removeprefix(_STATE), state
