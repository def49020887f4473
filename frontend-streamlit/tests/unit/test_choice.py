"""The seats that a viewer has chosen, and the request to book them."""

from frontend.buyer.choice import BookingRequest, Choice
from frontend.buyer.outcome import Message

MESSAGE = Message("error", "It did not work.")


def requested(*places: str, name: str = "first") -> Choice:
    choice = Choice()
    choice.take(list(places))
    choice.receive(BookingRequest(name, places))
    return choice


def test_a_request_is_carried_out_once_however_often_it_arrives() -> None:
    choice = requested("a")
    choice.answer(MESSAGE)
    choice.receive(BookingRequest("first", ("a",)))
    assert choice.request is None
    assert choice.answered == "first"


def test_a_request_during_another_request_is_answered_and_not_carried_out() -> None:
    choice = requested("a")
    choice.receive(BookingRequest("second", ("a",)))
    assert choice.request == BookingRequest("first", ("a",))
    assert choice.answered == "second"


def test_no_request_is_taken_while_the_outcome_of_a_recorded_one_is_not_known() -> None:
    choice = Choice(places=["a"], recorded="b-1", message=MESSAGE)
    choice.receive(BookingRequest("second", ("a",)))
    assert choice.request is None
    assert choice.answered == "second"
    assert choice.message == MESSAGE


def test_asking_for_the_same_seats_after_a_lost_answer_is_the_same_attempt() -> None:
    choice = Choice(lost=BookingRequest("first", ("a", "b")))
    assert choice.key(BookingRequest("second", ("b", "a"))) == "first"
    assert choice.key(BookingRequest("second", ("a",))) == "second"


def test_the_message_about_a_request_goes_away_when_the_choice_changes() -> None:
    choice = requested("a")
    choice.answer(MESSAGE)
    choice.take(["a"])
    assert choice.message == MESSAGE
    choice.take(["a", "b"])
    assert choice.message is None


def test_the_message_about_a_recorded_booking_stays_when_the_choice_changes() -> None:
    choice = Choice(places=["a"], recorded="b-1", message=MESSAGE)
    choice.take(["a", "b"])
    assert choice.message == MESSAGE


def test_a_seat_that_was_taken_meanwhile_leaves_the_choice() -> None:
    choice = Choice(places=["a", "b"])
    choice.keep(["b", "c"])
    assert choice.places == ["b"]


def test_clearing_tells_the_browser_to_forget_its_selection_too() -> None:
    choice = Choice(places=["a"], message=MESSAGE)
    revision = choice.revision
    choice.clear()
    assert (choice.places, choice.message) == ([], None)
    assert choice.revision > revision
