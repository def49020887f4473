"""A form carries out a click once."""

from frontend.forms import FormState


def test_a_second_click_on_the_button_of_a_try_that_is_over_is_dropped() -> None:
    state = FormState()
    shown_for = state.tries
    state.ask(shown_for)
    assert state.asked
    state.asked, state.tries = False, state.tries + 1
    state.ask(shown_for)
    assert not state.asked


def test_the_same_content_is_the_same_request_and_another_content_another() -> None:
    state = FormState()
    first = state.key_for({"name": "Gamelan"})
    assert state.key_for({"name": "Gamelan"}) == first
    assert state.key_for({"name": "Wayang"}) != first


def test_what_a_form_holds_is_not_shown_in_logs() -> None:
    state = FormState()
    state.key_for(("rina@example.com", "a-password-of-rina"))
    assert "a-password-of-rina" not in repr(state)
