"""Requests the chosen seats. The outcome is always definite: booked, refused, stored, or nothing was stored."""

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace

from frontend.api.client import CHOSEN_SECONDS, ApiClient
from frontend.api.errors import ClientError, Refused, ServiceUnreachable, SessionExpired
from frontend.buyer.choice import Choice
from frontend.buyer.outcome import (
    KEPT,
    MAP_CHANGED,
    NO_ANSWER,
    NOTHING_RECORDED,
    NOTHING_SENT,
    Message,
    Outcome,
    outcome_of,
    recorded,
)
from frontend.buyer.own_seats import OwnSeats
from frontend.wording.errors import sentence

AT_ONCE = 64
WAIT_SECONDS = 1.0
"""How long one run of the page waits; then the browser asks for the next run."""

IN_PROGRESS = "request-in-progress"
RECORDED = "ticket-unavailable"
TOO_MANY_UNPAID = "too-many-unpaid-seats"
STILL_UNKNOWN = Message("error", NO_ANSWER)
_asking = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="request")


def start_request(choice: Choice, event_id: str, user_id: str, client: ApiClient, own: OwnSeats) -> None:
    """Starts to send the request in a thread, unless it was started before."""
    if choice.request is None or choice.running is not None:
        return
    choice.before = own.booking_ids
    places, key = choice.request.places, choice.key(choice.request)
    choice.running = _asking.submit(request_seats, client, event_id, user_id, places, key, choice.before)


def outcome_so_far(choice: Choice) -> Outcome | None:
    """Returns the outcome of the started request; None while it is unknown."""
    if choice.running is None or choice.running not in wait([choice.running], WAIT_SECONDS).done:
        return None
    try:
        return choice.running.result()
    except BaseException:
        choice.answer(None)
        raise


def request_seats(
    client: ApiClient, event_id: str, user_id: str, places: Collection[str], key: str, before: Collection[str]
) -> Outcome:
    """Requests the seats at these places. `before` are the viewer's earlier bookings, so none of them is the result of
    this request.
    """
    try:
        found = client.seats_at(event_id, places, seconds=CHOSEN_SECONDS)
    except ServiceUnreachable:
        return Outcome(message=Message("error", NOTHING_SENT))
    except Refused as refusal:
        return Outcome(message=Message("error", f"{sentence(refusal)} {KEPT}"))
    if {seat.place for seat in found} != set(places):
        return Outcome(message=Message("error", MAP_CHANGED))
    return _request(client, event_id, user_id, tuple(seat.id for seat in found), key, before)


def _request(
    client: ApiClient, event_id: str, user_id: str, seat_ids: tuple[str, ...], key: str, before: Collection[str]
) -> Outcome:
    try:
        return outcome_of(client.book(event_id=event_id, seat_ids=list(seat_ids), idempotency_key=key))
    except ServiceUnreachable as unreachable:
        if not unreachable.was_sent:
            return Outcome(message=Message("error", NOTHING_SENT))
    except Refused as refusal:
        problem = refusal.problem
        if problem.type == RECORDED and problem.booking_id:
            return recorded(problem.booking_id)
        if problem.booking_id or not (problem.is_temporary or problem.type == IN_PROGRESS):
            message = Message(
                "error", f"{sentence(refusal)} {KEPT}", problem.booking_id, to_bookings=problem.type == TOO_MANY_UNPAID
            )
            return Outcome(message=message)
    return look_up(client, event_id, user_id, seat_ids, before)


def look_up(
    client: ApiClient, event_id: str, user_id: str, seat_ids: tuple[str, ...], before: Collection[str]
) -> Outcome:
    """Looks up what the client service has stored of a request whose answer was lost."""
    try:
        newest = client.newest_bookings_of_event(event_id, user_id=user_id)
    except SessionExpired:
        raise
    except ClientError:
        return Outcome(is_lost=True, seat_ids=seat_ids, message=STILL_UNKNOWN)
    for booking in newest:
        if booking.id not in before and {seat.id for seat in booking.seats} == set(seat_ids):
            return outcome_of(booking)
    return Outcome(is_lost=True, seat_ids=seat_ids, message=Message("error", NOTHING_RECORDED))


def follow_up(choice: Choice, event_id: str, user_id: str, client: ApiClient, own: OwnSeats) -> Outcome | None:
    """Asks for news of a request that was stored, or whose answer was lost."""
    if choice.recorded is not None:
        try:
            outcome = outcome_of(client.booking(choice.recorded))
        except (Refused, ServiceUnreachable):
            return None
        return outcome if outcome.recorded is None else None
    if choice.lost is None:
        return None
    late = {own.bookings[seat_id].id for seat_id in choice.lost.seat_ids if seat_id in own.bookings} - choice.before
    if late:
        return recorded(late.pop())
    if choice.message != STILL_UNKNOWN:
        return None
    outcome = look_up(client, event_id, user_id, choice.lost.seat_ids, choice.before)
    return outcome if outcome.message != STILL_UNKNOWN else None


def end_request(choice: Choice, outcome: Outcome) -> None:
    """Shows the outcome. The chosen seats stay chosen unless they are booked."""
    lost = choice.request or choice.lost
    choice.answer(outcome.message)
    choice.lost = replace(lost, seat_ids=outcome.seat_ids) if outcome.is_lost and lost is not None else None
    choice.recorded = outcome.recorded
    if outcome.booking is not None:
        choice.clear()
