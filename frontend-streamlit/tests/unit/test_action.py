"""A click is carried out once, and its outcome stays until somebody reads it."""

import pytest

from frontend.api.errors import Problem, Refused, SessionExpired
from frontend.forms import action
from frontend.forms.action import Action
from frontend.forms.form_state import FormState


def refuse() -> str:
    raise Refused(Problem("seat-open", "Seat open", 409))


def test_each_press_gives_the_button_another_name() -> None:
    pressed: Action[str] = Action()
    pressed.carry_out(lambda: "done")
    assert pressed.tries == 1
    pressed.carry_out(refuse)
    assert pressed.tries == 2


def test_what_went_wrong_stays_until_the_next_press() -> None:
    pressed: Action[str] = Action()
    pressed.carry_out(refuse)
    error = pressed.failure
    assert isinstance(error, Refused)
    assert pressed.results == []
    pressed.carry_out(lambda: "done")
    assert pressed.failure is None
    assert pressed.results == ["done"]


def test_a_sign_in_that_has_ended_is_not_an_outcome() -> None:
    def expire() -> str:
        raise SessionExpired

    pressed: Action[str] = Action()
    with pytest.raises(SessionExpired):
        pressed.carry_out(expire)
    assert (pressed.failure, pressed.results) == (None, [])


def test_a_click_right_after_an_outcome_is_the_second_half_of_a_double_click(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(action, "DOUBLE_CLICK_SECONDS", 0.4)
    monkeypatch.setattr(action, "monotonic", lambda: now)
    form = FormState()
    form.carry_out(refuse)  # type: ignore[arg-type]
    now += 0.3
    assert form.has_just_settled
    form.record_click(form.tries)
    assert not form.clicked
    now += 0.2
    form.record_click(form.tries)
    assert form.clicked
