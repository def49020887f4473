"""The last good answers, for outages."""

from frontend.api.last_known import LastKnown
from frontend.api.transport import Call

BOOKINGS, FAILED = Call("GET", "/bookings"), Call("GET", "/bookings", params={"status": "FAILED"})


def test_each_question_of_each_person_has_its_own_answer() -> None:
    known = LastKnown()
    known.keep("ana", BOOKINGS, b"[1]")
    known.keep("ana", FAILED, b"[2]")
    known.keep("budi", BOOKINGS, b"[3]")
    assert [known.recall("ana", BOOKINGS), known.recall("ana", FAILED), known.recall("budi", BOOKINGS)] == [
        b"[1]",
        b"[2]",
        b"[3]",
    ]
    assert known.recall("budi", FAILED) is None


def test_a_newer_answer_replaces_the_older_one() -> None:
    known = LastKnown(most_bytes=3)
    for body in (b"[1]", b"[2]", b"[3]"):
        known.keep("ana", BOOKINGS, body)
    assert known.recall("ana", BOOKINGS) == b"[3]"


def test_whoever_signs_out_is_forgotten_and_nobody_else() -> None:
    known = LastKnown()
    known.keep("ana", BOOKINGS, b"[1]")
    known.keep("budi", BOOKINGS, b"[3]")
    known.forget("ana")
    assert known.recall("ana", BOOKINGS) is None
    assert known.recall("budi", BOOKINGS) == b"[3]"


def test_the_longest_unused_answers_are_forgotten_when_there_are_too_many_bytes() -> None:
    known = LastKnown(most_bytes=8)
    known.keep("ana", BOOKINGS, b"1234")
    known.keep("budi", BOOKINGS, b"1234")
    known.recall("ana", BOOKINGS)
    known.keep("citra", BOOKINGS, b"1234")
    assert known.recall("ana", BOOKINGS) is not None
    assert known.recall("budi", BOOKINGS) is None


def test_what_was_forgotten_makes_room() -> None:
    known = LastKnown(most_bytes=4)
    known.keep("ana", BOOKINGS, b"1234")
    known.forget("ana")
    known.keep("budi", BOOKINGS, b"1234")
    assert known.recall("budi", BOOKINGS) == b"1234"
