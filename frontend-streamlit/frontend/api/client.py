"""Every call of the client service that the dashboard makes (DESIGN section 6, client-django)."""

import uuid
from collections.abc import Mapping
from urllib.parse import quote

from frontend.api.caller import Caller, params_of, parse
from frontend.api.drafts import EventChanges, EventDraft, SeatLayout
from frontend.api.models import (
    Booking,
    Event,
    EventOperation,
    Notification,
    Organizer,
    Page,
    Seat,
    TicketLink,
    Timeline,
    TokenPair,
    User,
    WaitlistEntry,
)
from frontend.api.transport import Call, content

PAGE_SIZE = 50
SEAT_PAGE_SIZE = 1000
BOOKING_SECONDS = 7.0
"""How long a booking's answer may take; after that, the list of bookings is searched for it."""
LOOK_UP_SECONDS = 1.2


class ApiClient(Caller):
    """The client service as one person sees it, or as the public does when `tokens` is None.

    Every method raises `Refused` with the service's problem document, `ServiceUnreachable` or `SessionExpired`.
    """

    # Accounts

    def register(self, *, email: str, password: str, name: str, idempotency_key: str) -> User:
        """Create an account; repeated with the same key, it is created once."""
        draft = {"email": email, "password": password, "name": name}
        return self._one(User, _post("/auth/register", draft, idempotency_key))

    def sign_in(self, *, email: str, password: str) -> TokenPair:
        """Exchange the person's credentials for tokens; wrong ones are `Refused` with 401."""
        call = Call("POST", "/auth/token", json={"email": email, "password": password})
        return parse(TokenPair, content(self._transport.send(call)))

    def me(self) -> User:
        """The signed-in person's account."""
        return self._one(User, Call("GET", "/users/me"))

    def change_me(self, changes: Mapping[str, object]) -> User:
        """Change the own account; only the given fields."""
        return self._one(User, Call("PATCH", "/users/me", json=changes))

    def delete_me(self) -> None:
        """Deactivate and anonymise the own account; the history stays."""
        self._call(Call("DELETE", "/users/me"))

    # Catalogue

    def events(self, *, search: str = "", ordering: str = "starts_at", cursor: str | None = None) -> Page[Event]:
        """A page of the events that match."""
        params = params_of(search=search, ordering=ordering, cursor=cursor, limit=PAGE_SIZE)
        return self._one(Page[Event], Call("GET", "/events", params=params))

    def event(self, event_id: str) -> Event:
        """One event."""
        return self._one(Event, Call("GET", f"/events/{_safe(event_id)}"))

    def seats(self, event_id: str) -> list[Seat]:
        """All seats of an event, with their present states."""
        return list(self._all(Page[Seat], f"/events/{_safe(event_id)}/seats", limit=SEAT_PAGE_SIZE))

    # Bookings

    def book(self, *, event_id: str, seat_ids: list[str], idempotency_key: str) -> Booking:
        """Ask for one to ten seats, all or none; waits for the organizer's answer."""
        call = Call(
            "POST",
            "/bookings",
            json={"event_id": event_id, "seat_ids": seat_ids},
            idempotency_key=idempotency_key,
            deadline=BOOKING_SECONDS,
        )
        return self._one(Booking, call)

    def bookings(
        self, *, status: str | None = None, user_id: str | None = None, cursor: str | None = None
    ) -> Page[Booking]:
        """A page of bookings, newest first: one's own, or for staff those of `user_id`, or everybody's."""
        params = params_of(status=status, user=user_id, cursor=cursor, limit=PAGE_SIZE)
        return self._one(Page[Booking], Call("GET", "/bookings", params=params))

    def bookings_of_event(self, event_id: str, *, user_id: str) -> list[Booking]:
        """All bookings that one person has made for an event."""
        return list(self._all(Page[Booking], "/bookings", limit=PAGE_SIZE, event=event_id, user=user_id))

    def newest_bookings_of_event(self, event_id: str, *, user_id: str) -> list[Booking]:
        """The newest bookings that one person has made for an event, as they are now or not at all."""
        params = params_of(event=event_id, user=user_id, limit=PAGE_SIZE)
        call = Call("GET", "/bookings", params=params, deadline=LOOK_UP_SECONDS, may_be_old=False)
        return self._one(Page[Booking], call).items

    def booking(self, booking_id: str) -> Booking:
        """One booking as the client service knows it."""
        return self._one(Booking, Call("GET", f"/bookings/{_safe(booking_id)}"))

    def refresh_booking(self, booking_id: str) -> Booking:
        """Have the client service ask the ticket service now."""
        return self._one(Booking, _post(f"/bookings/{_safe(booking_id)}/refresh"))

    def cancel_booking(self, booking_id: str) -> Booking:
        """Cancel: the invoice is voided, or refunded when it has been paid; the seats are released."""
        return self._one(Booking, _post(f"/bookings/{_safe(booking_id)}/cancel"))

    def ticket(self, booking_id: str) -> TicketLink:
        """A fresh link to the booking's PDF; `Refused` with 404 until there is one."""
        return self._one(TicketLink, Call("GET", f"/bookings/{_safe(booking_id)}/ticket", may_be_old=False))

    def timeline(self, booking_id: str) -> Timeline:
        """Every recorded step of a booking, in order."""
        return self._one(Timeline, Call("GET", f"/bookings/{_safe(booking_id)}/timeline"))

    # Queue

    def join_queue(self, seat_id: str) -> WaitlistEntry:
        """Join the queue for a seat that another buyer has."""
        return self._one(WaitlistEntry, _post("/waitlist", {"seat_id": seat_id}))

    def my_queue(self) -> list[WaitlistEntry]:
        """All own queue entries, ended ones too."""
        return list(self._all(Page[WaitlistEntry], "/waitlist", limit=PAGE_SIZE))

    def leave_queue(self, entry_id: str) -> None:
        """Leave the queue."""
        self._call(Call("DELETE", f"/waitlist/{_safe(entry_id)}"))

    # Notifications

    def notifications(self, *, unread_only: bool = False) -> list[Notification]:
        """The latest messages, newest first."""
        params = params_of(limit=PAGE_SIZE, unread="true" if unread_only else None)
        return self._one(Page[Notification], Call("GET", "/notifications", params=params)).items

    def read_notification(self, notification_id: str) -> None:
        """Mark a message as read."""
        self._call(_post(f"/notifications/{_safe(notification_id)}/read"))

    def read_all_notifications(self) -> None:
        """Mark all messages as read."""
        self._call(_post("/notifications/read-all"))

    # Staff

    def users(self, *, email: str = "", cursor: str | None = None) -> Page[User]:
        """A page of accounts, newest first; `email` is a part of the address."""
        params = params_of(email=email, cursor=cursor, limit=PAGE_SIZE)
        return self._one(Page[User], Call("GET", "/users", params=params))

    def user(self, user_id: str) -> User:
        """One account."""
        return self._one(User, Call("GET", f"/users/{_safe(user_id)}"))

    def create_user(self, *, email: str, password: str, name: str, is_staff: bool, idempotency_key: str) -> User:
        """Create another person's account; repeated with the same key, it is created once."""
        draft = {"email": email, "password": password, "name": name, "is_staff": is_staff}
        return self._one(User, _post("/users", draft, idempotency_key))

    def change_user(self, user_id: str, changes: Mapping[str, object]) -> User:
        """Change another person's account; only the given fields."""
        return self._one(User, Call("PATCH", f"/users/{_safe(user_id)}", json=changes))

    def delete_user(self, user_id: str) -> None:
        """Deactivate and anonymise another person's account; the history stays."""
        self._call(Call("DELETE", f"/users/{_safe(user_id)}"))

    def organizers(self) -> list[Organizer]:
        """All organizers."""
        return list(self._all(Page[Organizer], "/organizers", limit=PAGE_SIZE))

    def create_event(self, draft: EventDraft, *, idempotency_key: str) -> Event:
        """Put an event into the catalogue; repeated with the same key, it is created once."""
        return self._one(Event, _post("/events", draft.model_dump(mode="json"), idempotency_key))

    def change_event(self, event_id: str, changes: EventChanges) -> Event:
        """Change an event; only the fields that are set."""
        body = changes.model_dump(mode="json", exclude_unset=True)
        return self._one(Event, Call("PATCH", f"/events/{_safe(event_id)}", json=body))

    def delete_event(self, event_id: str) -> None:
        """Remove an event; `Refused` with 409 while it has live bookings."""
        self._call(Call("DELETE", f"/events/{_safe(event_id)}"))

    def close_sales(self, event_id: str) -> Event:
        """Stop selling an event; existing bookings and offers stay, its queues lapse."""
        return self._one(Event, _post(f"/events/{_safe(event_id)}/close-sales"))

    def cancel_event(self, event_id: str) -> None:
        """Cancel an event: every booking is cancelled and refunded in the background, every queue lapses."""
        self._call(_post(f"/events/{_safe(event_id)}/cancel"))

    def event_operations(self, event_id: str) -> list[EventOperation]:
        """The progress of an event's cancellation, newest first; empty if the event is not cancelled."""
        return list(self._all(Page[EventOperation], f"/events/{_safe(event_id)}/operations", limit=PAGE_SIZE))

    def add_seats(self, event_id: str, layout: SeatLayout, *, idempotency_key: str) -> None:
        """Add a block of seats to an event; repeated with the same key, it is added once."""
        self._call(_post(f"/events/{_safe(event_id)}/seats", layout.model_dump(mode="json"), idempotency_key))

    def change_seat(self, event_id: str, seat_id: str, changes: Mapping[str, object]) -> None:
        """Change a seat; only the given fields."""
        self._call(Call("PATCH", f"/events/{_safe(event_id)}/seats/{_safe(seat_id)}", json=changes))

    def delete_seat(self, event_id: str, seat_id: str) -> None:
        """Remove a seat; `Refused` with 409 if it was ever booked or queued for."""
        self._call(Call("DELETE", f"/events/{_safe(event_id)}/seats/{_safe(seat_id)}"))

    def event_queue(self, event_id: str, *, with_ended: bool = False) -> list[WaitlistEntry]:
        """Everybody's live queue entries of an event, or all of them."""
        path, filters = f"/events/{_safe(event_id)}/waitlist", {"ended": "true"} if with_ended else {}
        return list(self._all(Page[WaitlistEntry], path, limit=PAGE_SIZE, **filters))


def _post(path: str, json: Mapping[str, object] | None = None, idempotency_key: str | None = None) -> Call:
    return Call(
        "POST", path, json=json if json is not None else {}, idempotency_key=idempotency_key or uuid.uuid4().hex
    )


def _safe(identifier: str) -> str:
    """An id comes from the address bar; quoted, it cannot lead to another path."""
    return quote(identifier, safe="")
