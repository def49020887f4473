"""What a viewer has chosen on one event's seat map, kept while they sign in and come back."""

import uuid
from dataclasses import dataclass, field

import streamlit as st

from frontend.session import CHOICE_KEY


@dataclass
class Choice:
    """The chosen seats and what goes with them.

    `revision` grows when the choice changes other than by clicks, so that the browser takes it over.
    `attempt` is the idempotency key: the same seats asked again after a lost answer are the same attempt.
    """

    seat_ids: list[str] = field(default_factory=list)
    revision: int = 0
    attempt: str = field(default_factory=lambda: uuid.uuid4().hex)
    message: str | None = None
    failed_booking_id: str | None = None

    def take(self, seat_ids: list[str]) -> None:
        """Adopt what the viewer clicked."""
        if set(seat_ids) != set(self.seat_ids):
            self.new_attempt()
        self.seat_ids = seat_ids
        self.message = self.failed_booking_id = None

    def keep(self, seat_ids: list[str]) -> bool:
        """Keep only those of the chosen seats that are still open; True when some were lost."""
        if len(seat_ids) == len(self.seat_ids):
            return False
        self.seat_ids = [seat_id for seat_id in self.seat_ids if seat_id in seat_ids]
        self.new_attempt()
        return True

    def clear(self) -> None:
        """Choose nothing."""
        self.seat_ids = []
        self.revision += 1
        self.message = self.failed_booking_id = None
        self.new_attempt()

    def new_attempt(self) -> None:
        """Make the next request to book a new one."""
        self.attempt = uuid.uuid4().hex


def choice_of(event_id: str) -> Choice:
    """This viewer's choice for an event."""
    key = CHOICE_KEY + event_id
    if key not in st.session_state:
        st.session_state[key] = Choice()
    found: Choice = st.session_state[key]
    return found
