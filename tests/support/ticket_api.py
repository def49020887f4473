"""The ticket service, as an operator calls it."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from tests.support.client_api import Event, Seat
from tests.support.http import HttpApi

API = "/api/v1"


def own_key(root_key: str, organizer: str) -> str:
    """The key of one organizer, as the simulator derives it from its own."""
    return hmac.new(root_key.encode(), f"organizer:{organizer}".encode(), hashlib.sha256).hexdigest()


class TicketApi(HttpApi):
    """Catalogue and bookings at their source."""

    def organizers(self) -> list[dict[str, Any]]:
        return list(self.every(f"{API}/organizers"))

    def ensure_organizer(self, slug: str, base_url: str, root_key: str) -> None:
        """An organizer of the simulator, made if there is none; `root_key` is the simulator's."""
        key = {"api_key": own_key(root_key, slug)}
        if slug in {organizer["slug"] for organizer in self.organizers()}:
            self.change(f"{API}/organizers/{slug}", key)
        else:
            new = {"slug": slug, "name": slug.title(), "base_url": base_url}
            self.call("POST", f"{API}/organizers", json={**new, **key})

    def create_event(self, organizer: str, **changes: Any) -> Event:
        """An event on sale now, of a name of its own."""
        now = datetime.now(UTC)
        event = {
            "name": f"Test event {uuid4().hex[:8]}",
            "venue": "Test hall",
            "starts_at": (now + timedelta(days=60)).isoformat(),
            "sales_open_at": (now - timedelta(days=1)).isoformat(),
            "sales_close_at": (now + timedelta(days=59)).isoformat(),
            "organizer": organizer,
            "currency": "IDR",
            **changes,
        }
        return Event.model_validate(self.call("POST", f"{API}/events", json=event))

    def create_seats(
        self, event_id: str, *, rows: int, seats_per_row: int, price: int = 250_000, section: str = "A"
    ) -> list[Seat]:
        """A block of seats of one price; returns all seats of the event."""
        layout = {"section": section, "rows": rows, "seats_per_row": seats_per_row, "price": price}
        self.call("POST", f"{API}/events/{event_id}/seats", json=layout)
        return self.seats(event_id)

    def seats(self, event_id: str) -> list[Seat]:
        return [Seat.model_validate(item) for item in self.every(f"{API}/events/{event_id}/seats", limit=500)]

    def seat(self, event_id: str, seat_id: str) -> Seat:
        return Seat.model_validate(self.call("GET", f"{API}/events/{event_id}/seats/{seat_id}"))

    def booking(self, booking_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.call("GET", f"{API}/bookings/{booking_id}")
        return found

    def cancel_booking(self, booking_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.call("POST", f"{API}/bookings/{booking_id}/cancel")
        return found
