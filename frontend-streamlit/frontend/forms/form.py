"""Forms that send each request once, keep what was entered until that has succeeded, and show errors at their fields.

A callback notes the click, since no other rerun of the script can interrupt a callback. The run that follows carries it
out. A second click on the same button belongs to the same request and is dropped.
"""

from collections.abc import Callable
from html import escape
from typing import Literal, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from frontend.api.errors import ChangedMeanwhile, ClientError, Refused, SessionExpired
from frontend.forms import form_state
from frontend.forms.form_state import Success
from frontend.widgets.ui import plain
from frontend.wording.errors import sentence
from frontend.wording.field_errors import MISSING, sort_errors

T = TypeVar("T")
Look = Literal["primary", "secondary"]
Width = Literal["content", "stretch"]

_UNDECIDED = frozenset({"request-in-progress", "too-many-requests"})
"""After these refusals the same request may still succeed, or it has succeeded before."""


class Form:
    """One form, or one action without fields, in this run of the script."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._hints: dict[str, str] = {}
        self._labels: dict[str, str] = {}
        self._wrong: dict[str, str] = {}
        self._was_pending = False
        self.state = form_state.state_of(name)

    def start_anew(self) -> None:
        """Shows new fields from the next run on."""
        form_state.renew_form(self._name, self.state)

    def key(self, part: str) -> str:
        """Returns a widget's key, which changes when the form has succeeded."""
        return f"{self._name}:{part}:{self.state.generation}"

    def pinned(self, make: Callable[[], T]) -> T:
        """Returns what `make` returned when the form was first shown: the values with which its fields began."""
        if self.state.pinned is None:
            self.state.pinned = make()
        first: T = self.state.pinned  # type: ignore[assignment]
        return first

    def present(self, kind: type[T]) -> T | None:
        """Returns what the last request would have overwritten; None if nobody else had changed it."""
        failure = self.state.failure
        found = failure.present if isinstance(failure, ChangedMeanwhile) else None
        return found if isinstance(found, kind) else None

    def below(self, name: str, label: str, hint: str = "") -> None:
        """Registers the field, and shows below it the error of the last request."""
        self._labels[name], self._hints[name] = label, hint
        wrong = self.state.wrong.get(name)
        if wrong:
            st.html(f'<p class="field-error" role="alert">{escape(label)}: {escape(wrong)}</p>')

    def reject(self, name: str, words: str) -> None:
        """Rejects the value of a field before anything is sent."""
        self._wrong.setdefault(name, words)

    def require(self, name: str, value: object, words: str = MISSING) -> None:
        """Rejects a field that was left empty."""
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
        """Shows the button that sends the form and, below it, why the last try was refused.

        While the request is running, the button shows `busy`. `place` is where the button goes if not here.
        """
        where = place if place is not None else st
        show = where.form_submit_button if in_form else where.button
        self._was_pending = self.state.is_pending
        show(
            busy if self._was_pending else label,
            key=self.key("send"),
            type=look,
            icon="spinner" if self._was_pending else icon,
            disabled=disabled or self._was_pending,
            on_click=self.state.record_click,
            args=(None if self._was_pending else self.state.tries,),
            width=width,
        )
        if self.state.refusal and not self._was_pending:
            st.error(plain(self.state.refusal), icon=":material/error:")

    def send(self, content: object, act: Callable[[str], T], done: Callable[[T], str] | None = None) -> None:
        """Call it after the button. If the button was clicked, calls `act` with the idempotency key of `content`.

        `act` must not call Streamlit, which could end the run in the middle of it. `done` may: the next run calls it
        with the result of `act`, perhaps more than once, and shows the words that it returns. If the request was
        refused, the next run shows why and keeps what was entered. A run that finds another run's request under way
        waits for it.
        """
        if not self._was_pending:
            return
        state = self.state
        with state.lock:
            if state.clicked:
                state.working, state.clicked = True, False
                try:
                    self._carry_out(content, act, done)
                finally:
                    state.working = False
        if isinstance(state.failure, SessionExpired):
            raise state.failure
        st.rerun()

    def _carry_out(self, content: object, act: Callable[[str], T], done: Callable[[T], str] | None) -> None:
        state = self.state
        state.wrong, state.refusal = dict(self._wrong), ""
        if self._wrong:
            state.tries += 1
            state.forget_outcome()
            state.refusal = self._summary()
            return
        try:
            state.carry_out(lambda: Success(act(state.key_for(content)), done))
        except SessionExpired as error:
            state.failure = error
        if state.failure is not None:
            self._explain(state.failure)

    def _explain(self, error: ClientError) -> None:
        state = self.state
        state.refusal = sentence(error)
        if not isinstance(error, Refused):
            return
        if not error.problem.is_temporary and error.problem.type not in _UNDECIDED:
            # The refusal is definite, so whatever is sent next is another request.
            state.idempotency_key = ""
        found = sort_errors(error.problem, self._hints)
        state.wrong = found.at_fields
        if found.at_fields:
            state.refusal = self._summary()
        state.refusal = " ".join([state.refusal, *found.elsewhere])

    def _summary(self) -> str:
        names = ", ".join(label for name, label in self._labels.items() if name in self.state.wrong)
        return f"Not sent yet. Please look at: {names}."
