"""What a viewer has chosen, and when asking for it is a new attempt."""

from frontend.choice import Choice


def test_asking_for_the_same_seats_again_is_the_same_attempt() -> None:
    choice = Choice()
    choice.take(["a", "b"])
    attempt = choice.attempt
    choice.take(["b", "a"])
    assert choice.attempt == attempt


def test_other_seats_are_another_attempt() -> None:
    choice = Choice()
    choice.take(["a"])
    attempt = choice.attempt
    choice.take(["a", "b"])
    assert choice.attempt != attempt


def test_a_seat_that_was_taken_meanwhile_leaves_the_choice() -> None:
    choice = Choice()
    choice.take(["a", "b"])
    attempt = choice.attempt
    assert choice.keep(["b"])
    assert choice.seat_ids == ["b"]
    assert choice.attempt != attempt
    assert not choice.keep(["b"])


def test_clearing_tells_the_browser_to_forget_its_selection_too() -> None:
    choice = Choice()
    choice.take(["a"])
    revision = choice.revision
    choice.clear()
    assert choice.seat_ids == []
    assert choice.revision > revision
