"""Forms that send each request once, keep what was entered until that succeeded, and say at a field what is wrong.

A click is noted by a callback, which no other rerun of the script can interrupt, and carried out by the run that
follows it. A second click on the same button belongs to the same request: it is dropped.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from typing import Literal, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from frontend.errors import ClientError, Refused, ServiceUnreachable
from frontend.failures import sentence
from frontend.field_errors import MISSING, sort_errors
from frontend.notices import tell_later
from frontend.ui import plain

T = TypeVar("T")
Look = Literal["primary", "secondary"]
Width = Literal["content", "stretch"]

_STATE = "form:"
_PAGE = "page-of-forms"
_UNDECIDED = frozenset({"request-in-progress", "too-many-requests"})
"""Refusals after which the same request may still succeed, or has succeeded already."""


@dataclass
class FormState:
    """What a form remembers between runs.

    `generation` counts how often the form succeeded: its fields are then new and empty.
    `tries` grows with each request that was carried out; a click counts only for the try that its button was shown for.
    `idempotency_key` belongs to `content` and stays until the outcome is known.
    """

    generation: int = 0
    tries: int = 0
    asked: bool = False
    idempotency_key: str = ""
    content: object = field(default=None, repr=False)
    wrong: dict[str, str] = field(default_factory=dict)
    refusal: str = ""
    pinned: object = None

    def ask(self, tries: int) -> None:
        """The button was pressed that was shown for this try."""
        if tries == self.tries:
            self.asked = True

    def leave(self) -> None:
        """The viewer has gone to another page, and Streamlit forgets what the fields held."""
        self.asked, self.wrong, self.refusal, self.pinned = False, {}, "", None

    def key_for(self, content: object) -> str:
        """The idempotency key of this content: the same as before while the content is the same."""
        if not self.idempotency_key or content != self.content:
            self.idempotency_key, self.content = uuid.uuid4().hex, content
        return self.idempotency_key


def arrive_with_forms(page: str) -> None:
    """On another page than before, forms begin anew, and what was pressed but not carried out any more is dropped."""
    if st.session_state.get(_PAGE) == page:
        return
    st.session_state[_PAGE] = page
    for state in st.session_state.values():
        if isinstance(state, FormState):
            state.leave()


class Form:
    """One form, or one action that needs no fields, in this run of the script."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._hints: dict[str, str] = {}
        self._labels: dict[str, str] = {}
        self._wrong: dict[str, str] = {}
        self.state: FormState = st.session_state.setdefault(_STATE + name, FormState())

    def start_anew(self) -> None:
        """Show new fields from the next run on; clicks on the old button then reach nobody."""
        st.session_state[_STATE + self._name] = FormState(generation=self.state.generation + 1)

    def key(self, part: str) -> str:
        """A widget's key, its own until the form has succeeded."""
        return f"{self._name}:{part}:{self.state.generation}"

    def pinned(self, make: Callable[[], T]) -> T:
        """What `make` returned when the form was first shown: what its fields began with."""
        if self.state.pinned is None:
            self.state.pinned = make()
        first: T = self.state.pinned  # type: ignore[assignment]
        return first

    def below(self, name: str, label: str, hint: str = "") -> None:
        """Make the field known, and show below it what was wrong with it when the form was last sent."""
        self._labels[name], self._hints[name] = label, hint
        wrong = self.state.wrong.get(name)
        if wrong:
            st.html(f'<p class="field-error" role="alert">{escape(label)}: {escape(wrong)}</p>')

    def reject(self, name: str, words: str) -> None:
        """Say what is wrong with a field before anything is sent."""
        self._wrong.setdefault(name, words)

    def require(self, name: str, value: object, words: str = MISSING) -> None:
        """Reject a field that was left empty."""
        if value in (None, ""):
            self.reject(name, words)

    def button(
        self,
        label: str,
        busy: str,
        *,
        disabled: bool = False,
        in_form: bool = True,
        look: Look = "primary",
        icon: str | None = None,
        place: DeltaGenerator | None = None,
        width: Width = "content",
    ) -> None:
        """The button that sends the form, and below it why the last try was refused.

        While it works it says `busy`. `place` is where the button goes if not here.
        """
        where = place if place is not None else st
        show = where.form_submit_button if in_form else where.button
        working = self.state.asked
        show(
            busy if working else label,
            key=self.key("send"),
            type=look,
            icon="spinner" if working else icon,
            disabled=disabled or working,
            on_click=self.state.ask,
            args=(self.state.tries,),
            width=width,
        )
        if self.state.refusal and not working:
            st.error(plain(self.state.refusal), icon=":material/error:")

    def send(self, content: object, act: Callable[[str], T], done: Callable[[T], str] | None = None) -> None:
        """If the button was pressed: `act` with the idempotency key of `content`, then `done`, whose words are told.

        Shows the page anew afterwards; when it was refused, with the reasons and with everything that was entered.
        """
        if not self.state.asked:
            return
        try:
            self._carry_out(content, act, done)
        finally:
            self.state.asked = False
            self.state.tries += 1
        st.rerun()

    def _carry_out(self, content: object, act: Callable[[str], T], done: Callable[[T], str] | None) -> None:
        state = self.state
        state.wrong, state.refusal = dict(self._wrong), ""
        if self._wrong:
            state.refusal = self._summary()
            return
        try:
            result = act(state.key_for(content))
        except (Refused, ServiceUnreachable) as error:
            self._refused(error)
            return
        self.start_anew()
        if done is not None:
            tell_later(done(result))

    def _refused(self, error: ClientError) -> None:
        state = self.state
        state.refusal = sentence(error)
        if not isinstance(error, Refused):
            return
        if not error.problem.is_temporary and error.problem.type not in _UNDECIDED:
            # A definite no: whatever is sent next is another request.
            state.idempotency_key = ""
        found = sort_errors(error.problem, self._hints)
        state.wrong = found.at_fields
        if found.at_fields:
            state.refusal = self._summary()
        state.refusal = " ".join([state.refusal, *found.elsewhere])

    def _summary(self) -> str:
        names = ", ".join(label for name, label in self._labels.items() if name in self.state.wrong)
        return f"Not sent yet. Please look at: {names}."
