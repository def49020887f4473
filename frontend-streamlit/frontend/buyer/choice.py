"""The seats that a viewer has chosen on one event's seat map. They stay chosen while the viewer signs in."""

from concurrent.futures import Future
from dataclasses import dataclass, field

import streamlit as st

from frontend.buyer.outcome import Message, Outcome
from frontend.events.seat_map import SeatMap
from frontend.session.session import CHOICE_KEY


@dataclass(frozen=True)
class BookingRequest:
    """A click on Book, with the seats that the viewer saw chosen.

    The browser made its id, which is also the idempotency key, so the same request sent twice makes one booking.
    `seat_ids` are known once the seats were looked up.
    """

    id: str
    places: tuple[str, ...]
    seat_ids: tuple[str, ...] = ()


@dataclass
class Choice:
    """The chosen seats, and the state of the request to book them.

    `places` are the chosen seats and `looked_up` those whose ids were asked for. `revision` grows when the choice
    changes without a click, so that the browser takes the new choice over. `request` is being sent and `running`
    returns its outcome; `seen` and `answered` are the ids of the last request that arrived and the last one that was
    answered. `lost` got no answer: a request for the same seats repeats it. `recorded` is a booking whose outcome is
    unknown, and `before` are the bookings from before the request. `drawn` is the map that the viewer sees,
    `asked_about` the id of the last click on a taken seat, and `shown_about` the id of the click whose dialog was
    opened. `proposed_for` is the id of the last request for the best seats, `proposal` what became of it, and
    `moved_for` the id of the last click that moved the choice.
    """

    places: list[str] = field(default_factory=list)
    revision: int = 0
    request: BookingRequest | None = None
    running: Future[Outcome] | None = None
    seen: str = ""
    answered: str = ""
    lost: BookingRequest | None = None
    recorded: str | None = None
    before: frozenset[str] = frozenset()
    message: Message | None = None
    drawn: SeatMap | None = None
    looked_up: frozenset[str] = frozenset()
    asked_about: str = ""
    shown_about: str = ""
    proposed_for: str = ""
    proposal: str = ""
    moved_for: str = ""

    def take(self, places: list[str]) -> None:
        """Takes over the seats that the viewer clicked."""
        if set(places) != set(self.places):
            self.proposal = ""
            if self.recorded is None:
                self.message = None
        self.places = places

    def keep(self, places: list[str]) -> None:
        """Keeps only those chosen seats that are still open."""
        kept = [place for place in self.places if place in places]
        if kept != self.places:
            self.proposal = ""
        self.places = kept

    def replace(self, places: list[str]) -> None:
        """Chooses other seats than the viewer has clicked; only while no request for seats is under way."""
        self.take(places)
        self.revision += 1

    @property
    def is_being_booked(self) -> bool:
        """Returns whether a request for the chosen seats is under way."""
        return self.request is not None or self.recorded is not None

    def clear(self) -> None:
        """Empties the choice."""
        self.places = []
        self.revision += 1
        self.proposal = ""
        self.message = self.lost = self.recorded = None

    def receive(self, request: BookingRequest) -> None:
        """Takes a request in, once, however often the browser sends it."""
        if request.id == self.seen:
            return
        self.seen = request.id
        if self.request is None and self.recorded is None:
            self.request = request
            self.message = None
        else:
            self.answered = request.id

    def key(self, request: BookingRequest) -> str:
        """Returns the idempotency key: that of the lost request if the seats are the same."""
        is_same = self.lost is not None and set(self.lost.places) == set(request.places)
        return self.lost.id if self.lost is not None and is_same else request.id

    def answer(self, message: Message | None) -> None:
        """Ends the request with a message for the viewer."""
        self.answered = self.seen
        self.request = self.running = None
        self.message = message


def choice_of(event_id: str) -> Choice:
    """Returns this viewer's choice for an event."""
    key = CHOICE_KEY + event_id
    if key not in st.session_state:
        st.session_state[key] = Choice()
    found: Choice = st.session_state[key]
    return found
