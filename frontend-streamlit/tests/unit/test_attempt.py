"""A press is carried out once, and its outcome stays to be read."""

import pytest

from frontend.api.errors import Problem, Refused, SessionExpired
from frontend.forms.attempt import Attempt


def refuse() -> str:
    raise Refused(Problem("seat-open", "Seat open", 409))


def test_each_press_gives_the_button_another_name() -> None:
    pressed: Attempt[str] = Attempt()
    pressed.carry_out(lambda: "done")
    assert pressed.turn == 1
    pressed.carry_out(refuse)
    assert pressed.turn == 2


def test_what_went_wrong_stays_until_the_next_press() -> None:
    pressed: Attempt[str] = Attempt()
    pressed.carry_out(refuse)
    error = pressed.error
    assert isinstance(error, Refused)
    assert pressed.results == []
    pressed.carry_out(lambda: "done")
    assert pressed.error is None
    assert pressed.results == ["done"]


def test_a_sign_in_that_has_ended_is_not_an_outcome() -> None:
    def expire() -> str:
        raise SessionExpired

    pressed: Attempt[str] = Attempt()
    with pytest.raises(SessionExpired):
        pressed.carry_out(expire)
    assert (pressed.error, pressed.results) == (None, [])
