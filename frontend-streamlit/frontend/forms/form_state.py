"""What forms remember between runs of the script: the action, and the values of the fields.

A run that may no longer call Streamlit can still finish its action; another run then acts upon the outcome.
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
    """The service's answer, and what to do about it in the viewer's session."""

    result: Any
    done: Callable[[Any], str] | None


@dataclass
class FormState(Action[Success]):
    """The memory of one form.

    `generation` counts how often the form succeeded; each time, its fields become new and empty. `idempotency_key`
    belongs to `content` and stays until the outcome is known.
    """

    generation: int = 0
    clicked: bool = False
    working: bool = False
    lock: Lock = field(default_factory=Lock, repr=False)
    idempotency_key: str = ""
    content: object = field(default=None, repr=False)
    wrong: dict[str, str] = field(default_factory=dict)
    refusal: str = ""
    pinned: object = field(default=None, repr=False)

    @property
    def success(self) -> Success | None:
        """Returns the success of the last try until it has been acted upon; None if there is none."""
        return self.results[0] if self.results else None

    @property
    def is_pending(self) -> bool:
        """Returns whether the button was clicked and the outcome is not shown yet."""
        return self.clicked or self.working or self.success is not None

    def record_click(self, tries: int | None) -> None:
        """Records a click on the button of this try; `tries` is None for a button that was shown busy."""
        if tries == self.tries and not self.working and not self.has_just_settled:
            self.clicked = True

    def key_for(self, content: object) -> str:
        """Returns the idempotency key of this content: the same as before if the content is the same."""
        if not self.idempotency_key or content != self.content:
            self.idempotency_key, self.content = uuid.uuid4().hex, content
        return self.idempotency_key

    def reset(self) -> None:
        """Forgets what the fields held, because the viewer has gone to another page."""
        self.clicked, self.wrong, self.refusal, self.failure, self.pinned = False, {}, "", None, None


def state_of(name: str) -> FormState:
    """Returns the memory of the form of that name, made on first use."""
    found: FormState = st.session_state.setdefault(_STATE + name, FormState())
    return found


def renew_form(name: str, state: FormState) -> None:
    """Shows new fields from the next run on; clicks on the old button are then dropped."""
    st.session_state[_STATE + name] = FormState(generation=state.generation + 1, settled_at=state.settled_at)


def finish_forms() -> None:
    """Acts upon what has succeeded, on whatever page the viewer is. The first step of every run."""
    for name, state in list(_states()):
        success = state.success
        if success is None:
            continue
        if success.done is not None:
            notify_later(success.done(success.result))
        if _STATE + name in st.session_state:
            renew_form(name, state)


def reset_forms_on_new_page(page: str) -> None:
    """On another page than before, forms start anew, and clicks that were not carried out are dropped."""
    if st.session_state.get(_PAGE) == page:
        return
    st.session_state[_PAGE] = page
    for _, state in _states():
        state.reset()


def _states() -> Iterator[tuple[str, FormState]]:
    for key, state in st.session_state.items():
        if isinstance(state, FormState):
            yield str(key).removeprefix(_STATE), state
