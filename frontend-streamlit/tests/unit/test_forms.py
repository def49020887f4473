"""A form carries out a click once, also if Streamlit starts a second run during the first."""

import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from frontend.api.errors import Problem, Refused
from frontend.forms import form_state
from frontend.forms.form import Form
from frontend.forms.form_state import FormState

PATIENCE_SECONDS = 10


class ShownAnew(Exception):
    """The run ends and another one begins."""


@pytest.fixture(autouse=True)
def screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replaces Streamlit by a page that shows nothing and keeps the session's state."""

    def rerun() -> None:
        raise ShownAnew

    state: dict[str, object] = {}
    nothing = SimpleNamespace(
        session_state=state, rerun=rerun, button=lambda *_, **__: False, error=lambda *_, **__: None
    )
    monkeypatch.setattr("frontend.forms.form.st", nothing)
    monkeypatch.setattr(form_state, "st", nothing)


def run_of(act: object) -> None:
    """Runs a page with one button once."""
    form = Form("one")
    form.button("Do it", "Doing it…", in_form=False)
    with pytest.raises(ShownAnew):
        form.send("content", act)  # type: ignore[arg-type]


def test_a_second_run_waits_for_the_request_of_the_first_and_sends_nothing() -> None:
    begun, may_end, calls = threading.Event(), threading.Event(), list[str]()

    def act(key: str) -> str:
        calls.append(key)
        begun.set()
        assert may_end.wait(PATIENCE_SECONDS)
        return "made"

    state = form_state.state_of("one")
    state.record_click(0)
    with ThreadPoolExecutor() as runs:
        first = runs.submit(run_of, act)
        assert begun.wait(PATIENCE_SECONDS)
        state.record_click(0)
        second = runs.submit(run_of, act)
        may_end.set()
        first.result(PATIENCE_SECONDS)
        second.result(PATIENCE_SECONDS)
    assert len(calls) == 1
    assert state.success is not None
    assert state.success.result == "made"


def test_a_click_on_the_button_of_a_try_that_is_over_is_dropped() -> None:
    def act(_: str) -> None:
        raise Refused(Problem("seat-exists", "Seat exists", 409, "The seat exists."))

    state = form_state.state_of("one")
    state.record_click(0)
    run_of(act)
    assert state.refusal == "The seat exists."
    state.record_click(0)
    assert not state.is_pending
    state.record_click(1)
    assert state.is_pending


def test_a_click_on_a_button_that_another_run_has_drawn_busy_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[object, ...]] = []

    def draw(*_: object, args: tuple[object, ...], **__: object) -> None:
        drawn.append(args)

    def act(_: str) -> None:
        Form("one").button("Do it", "Doing it…", in_form=False)  # in a run beside this one
        raise Refused(Problem("seat-exists", "Seat exists", 409, "The seat exists."))

    monkeypatch.setattr("frontend.forms.form.st.button", draw)
    state = form_state.state_of("one")
    state.record_click(0)
    run_of(act)
    state.record_click(*drawn[-1])  # type: ignore[arg-type]
    assert not state.is_pending


def test_a_success_is_acted_upon_wherever_the_viewer_is() -> None:
    done: list[str] = []

    def act(_: str) -> str:
        return "made"

    def remember(result: str) -> str:
        done.append(result)
        return ""

    form_state.state_of("one").record_click(0)
    form = Form("one")
    form.button("Do it", "Doing it…", in_form=False)
    with pytest.raises(ShownAnew):
        form.send("content", act, remember)
    form_state.state_of("one").reset()
    form_state.finish_forms()
    assert done == ["made"]
    assert form_state.state_of("one").generation == 1


def test_a_defect_is_not_tried_again_and_again() -> None:
    def act(_: str) -> None:
        raise ZeroDivisionError

    state = form_state.state_of("one")
    state.record_click(0)
    form = Form("one")
    form.button("Do it", "Doing it…", in_form=False)
    with pytest.raises(ZeroDivisionError):
        form.send("content", act)
    assert not state.is_pending


def test_the_same_content_is_the_same_request_and_another_content_another() -> None:
    state = FormState()
    first = state.key_for({"name": "Gamelan"})
    assert state.key_for({"name": "Gamelan"}) == first
    assert state.key_for({"name": "Wayang"}) != first


def test_what_a_form_holds_is_not_shown_in_logs() -> None:
    state = FormState()
    state.key_for(("rina@example.com", "a-password-of-rina"))
    assert "a-password-of-rina" not in repr(state)
