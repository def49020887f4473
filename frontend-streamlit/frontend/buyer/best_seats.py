"""The control that chooses the best seats together, and the warning about a seat that the choice leaves alone."""

from collections.abc import Mapping
from typing import Any

from frontend.api.client import ApiClient
from frontend.api.errors import ClientError
from frontend.api.models import Event, Proposal
from frontend.buyer.choice import Choice
from frontend.events import catalogue
from frontend.events.seat_map import MOST_SEATS, SeatMap
from frontend.events.single_seats import moved, single_seats
from frontend.widgets.components import best_seats_control
from frontend.wording.errors import sentence
from frontend.wording.formatting import count, money, seat_name

BEING_BOOKED = "Your seats are being booked. Please wait for the answer."
NOT_CHOSEN = "No seats were chosen. Please try again in a moment."


def choose_best_seats(choice: Choice, event: Event, asked: object, client: ApiClient) -> None:
    """Chooses the seats that the service proposes for a request of the browser, once however often it arrives."""
    if not isinstance(asked, Mapping) or asked.get("id") == choice.proposed_for:
        return
    number, max_price = asked.get("number"), asked.get("max_price")
    seed = str(asked.get("id"))
    if choice.is_being_booked:
        choice.proposal = BEING_BOOKED
    elif isinstance(number, int) and isinstance(max_price, int | None):
        try:
            found = client.best_seats(event.id, number=number, max_price=max_price, seed=seed)
        except ClientError as error:
            choice.proposal = f"{sentence(error)} {NOT_CHOSEN}"
        else:
            if found is not None:
                choice.replace([seat.place for seat in found.seats])
                # A map that is older than the proposal may show its seats as taken.
                catalogue.seat_map.clear(event.id, event.currency)
            choice.proposal = proposal_sentence(found, number, max_price, event.currency)
    choice.proposed_for = seed


def proposal_sentence(proposal: Proposal | None, number: int, max_price: int | None, currency: str) -> str:
    """Returns what became of a request for the best seats."""
    if proposal is None:
        price = f" for at most {money(max_price, currency)} each" if max_price is not None else ""
        return (
            f"{count(number, 'free seat')} together{price} cannot be found any more. Try fewer seats or another price."
        )
    names = "; ".join(seat_name(seat) for seat in proposal.seats)
    if proposal.adjacent:
        return f"Your choice: {names}."
    return f"No row has {number} free seats together. These are in two neighbouring rows: {names}."


def move_choice(choice: Choice, seat_map: SeatMap, clicked: object) -> None:
    """Moves the choice so that it leaves no seat alone, once for each click."""
    if not isinstance(clicked, Mapping) or clicked.get("id") == choice.moved_for:
        return
    choice.moved_for = str(clicked.get("id"))
    better = moved(seat_map, choice.places)
    if better is not None and not choice.is_being_booked:
        choice.replace(better)


def warning_of(choice: Choice, seat_map: SeatMap) -> dict[str, Any] | None:
    """Returns the warning in the bar below the map; None if the choice leaves no seat alone."""
    alone = single_seats(seat_map, choice.places)
    if not alone or choice.is_being_booked:
        return None
    names = "; ".join(seat_name(seat) for seat in alone)
    stay = "would stay alone, with no free seat beside it." if len(alone) == 1 else "would each stay alone."
    return {
        "text": f"{names} {stay}",
        "about": seat_map.indexes(choice.places),
        "can_move": moved(seat_map, choice.places) is not None,
    }


def show_best_seats(choice: Choice, event: Event, seat_map: SeatMap, *, key: str) -> None:
    """Draws the control. The browser answers under `key` with its last request, `asked`."""
    prices = seat_map.layout.prices
    best_seats_control(
        key=key,
        data={
            "most": MOST_SEATS,
            "prices": [{"amount": price, "text": money(price, event.currency)} for price in prices],
            "answered": choice.proposed_for,
            "text": choice.proposal,
        },
    )
