"""The calls of the client service that the dashboard makes."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from urllib.parse import quote

from frontend.api.caller import Caller, params_of, parse
from frontend.api.drafts import EventChanges, EventDraft, SeatLayout
from frontend.api.models import (
    BestSeats,
    Booking,
    Event,
    EventOperation,
    Notification,
    Organizer,
    Page,
    Proposal,
    Seat,
    SeatMapContent,
    TicketLink,
    Timeline,
    TokenPair,
    User,
    WaitlistEntry,
)
from frontend.api.tokens import Tokens
from frontend.api.transport import READ_SECONDS, Call, content

PAGE_SIZE = 50
SEAT_PAGE_SIZE = 1000
BOOKING_SECONDS = 7.0
"""How long to wait for the answer to a booking; after that, the list of bookings is searched for it."""
LOOK_UP_SECONDS = 1.2
CHOSEN_SECONDS = 0.7
"""How long to wait for the ids of the chosen seats, before a booking."""
MOST_IN_QUERY = 4000
"""Characters of places in one request: the client service takes a request line of 8,190."""


class ApiClient(Caller):
    """The client service for one person, or for the public if `tokens` is None.

    Every method raises `Refused` with the service's problem document, `ServiceUnreachable` or `SessionExpired`.
    """

    # Accounts

    def register(self, *, email: str, password: str, name: str, idempotency_key: str) -> User:
        """Creates an account. A repeat with the same key creates nothing."""
        draft = {"email": email, "password": password, "name": name}
        return self._one(User, _post("/auth/register", draft, idempotency_key))

    def sign_in(self, *, email: str, password: str) -> TokenPair:
        """Exchanges credentials for tokens. Raises `Refused` with 401 if they are wrong."""
        call = Call("POST", "/auth/token", json={"email": email, "password": password})
        return parse(TokenPair, content(self._send(call)))

    def with_tokens(self, tokens: Tokens) -> "ApiClient":
        """Returns the client service for the person of these tokens, called from the same address."""
        return ApiClient(self._transport, tokens, self._viewer)

    def me(self) -> User:
        """Returns the signed-in person's account."""
        return self._one(User, Call("GET", "/users/me"))

    def change_me(self, changes: Mapping[str, object]) -> User:
        """Changes the given fields of the own account."""
        return self._one(User, Call("PATCH", "/users/me", json=changes))

    def delete_me(self) -> None:
        """Closes and anonymises the own account; its history stays."""
        self._call(Call("DELETE", "/users/me"))

    # Catalogue

    def events(self, *, search: str = "", ordering: str = "starts_at", cursor: str | None = None) -> Page[Event]:
        """Returns a page of the events that match."""
        params = params_of(search=search, ordering=ordering, cursor=cursor, limit=PAGE_SIZE)
        return self._one(Page[Event], Call("GET", "/events", params=params))

    def event(self, event_id: str) -> Event:
        """Returns one event."""
        return self._one(Event, Call("GET", f"/events/{_safe(event_id)}"))

    def seat_map(self, event_id: str) -> SeatMapContent:
        """Returns all seats of an event with their present states, without ids."""
        return self._one(SeatMapContent, Call("GET", f"/events/{_safe(event_id)}/seat-map"))

    def seats_at(self, event_id: str, places: Collection[str], *, seconds: float = READ_SECONDS) -> list[Seat]:
        """Returns the seats at up to ten places of the seat map, with their ids; a place without a seat is left out.

        Asks as the public does, so that in an outage the last answer serves whoever has asked for it.
        """
        public = ApiClient(self._transport, viewer=self._viewer)
        batches = _batches(sorted(places))
        path, deadline = f"/events/{_safe(event_id)}/seats", seconds / max(1, len(batches))
        calls = [Call("GET", path, params={"at": batch}, deadline=deadline) for batch in batches]
        return [seat for call in calls for seat in public._one(Page[Seat], call).items]

    def best_seats(self, event_id: str, *, number: int, max_price: int | None, seed: str) -> Proposal | None:
        """Returns the best free seats together; None if so many are not free. Never returns an old answer.

        Different seeds get different proposals that are nearly as good.
        """
        params = params_of(count=number, max_price=max_price, seed=seed)
        path = f"/events/{_safe(event_id)}/best-seats"
        call = Call("GET", path, params=params, may_be_old=False)
        return self._one(BestSeats, call).proposal

    def seats(self, event_id: str) -> list[Seat]:
        """Returns all seats of an event with their present states."""
        return list(self._all(Page[Seat], f"/events/{_safe(event_id)}/seats", limit=SEAT_PAGE_SIZE))

    # Bookings

    def book(self, *, event_id: str, seat_ids: list[str], idempotency_key: str) -> Booking:
        """Books one to ten seats, all or none, and waits for the organizer's answer."""
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
        """Returns a page of bookings, newest first: the own ones; for staff, those of `user_id` or everybody's."""
        params = params_of(status=status, user=user_id, cursor=cursor, limit=PAGE_SIZE)
        return self._one(Page[Booking], Call("GET", "/bookings", params=params))

    def bookings_of_event(self, event_id: str, *, user_id: str) -> list[Booking]:
        """Returns all bookings of one person for an event."""
        return list(self._all(Page[Booking], "/bookings", limit=PAGE_SIZE, event=event_id, user=user_id))

    def newest_bookings_of_event(self, event_id: str, *, user_id: str) -> list[Booking]:
        """Returns the newest bookings of one person for an event. Never returns an old answer."""
        params = params_of(event=event_id, user=user_id, limit=PAGE_SIZE)
        call = Call("GET", "/bookings", params=params, deadline=LOOK_UP_SECONDS, may_be_old=False)
        return self._one(Page[Booking], call).items

    def booking(self, booking_id: str) -> Booking:
        """Returns one booking as the client service knows it."""
        return self._one(Booking, Call("GET", f"/bookings/{_safe(booking_id)}"))

    def refresh_booking(self, booking_id: str) -> Booking:
        """Asks the client service to ask the ticket service now, and returns the booking."""
        return self._one(Booking, _post(f"/bookings/{_safe(booking_id)}/refresh"))

    def cancel_booking(self, booking_id: str) -> Booking:
        """Cancels the booking: its invoice is voided or, if paid, refunded, and its seats are released."""
        return self._one(Booking, _post(f"/bookings/{_safe(booking_id)}/cancel"))

    def ticket(self, booking_id: str) -> TicketLink:
        """Returns a new link to the booking's PDF. Raises `Refused` with 404 until there is one."""
        return self._one(TicketLink, Call("GET", f"/bookings/{_safe(booking_id)}/ticket", may_be_old=False))

    def timeline(self, booking_id: str) -> Timeline:
        """Returns the steps of a booking, oldest first."""
        return self._one(Timeline, Call("GET", f"/bookings/{_safe(booking_id)}/timeline"))

    # Queue

    def join_queue(self, seat_id: str) -> WaitlistEntry:
        """Joins the queue for a seat that another buyer has."""
        return self._one(WaitlistEntry, _post("/waitlist", {"seat_id": seat_id}))

    def my_queue(self) -> list[WaitlistEntry]:
        """Returns all own waitlist entries, including ended ones."""
        return list(self._all(Page[WaitlistEntry], "/waitlist", limit=PAGE_SIZE))

    def leave_queue(self, entry_id: str) -> None:
        """Leaves the queue."""
        self._call(Call("DELETE", f"/waitlist/{_safe(entry_id)}"))

    # Notifications

    def notifications(self, *, unread_only: bool = False) -> list[Notification]:
        """Returns the latest messages, newest first."""
        params = params_of(limit=PAGE_SIZE, unread="true" if unread_only else None)
        return self._one(Page[Notification], Call("GET", "/notifications", params=params)).items

    def read_notification(self, notification_id: str) -> None:
        """Marks a message as read."""
        self._call(_post(f"/notifications/{_safe(notification_id)}/read"))

    def read_all_notifications(self) -> None:
        """Marks all messages as read."""
        self._call(_post("/notifications/read-all"))

    # Staff

    def users(self, *, email: str = "", cursor: str | None = None) -> Page[User]:
        """Returns a page of accounts, newest first; `email` is a part of the address."""
        params = params_of(email=email, cursor=cursor, limit=PAGE_SIZE)
        return self._one(Page[User], Call("GET", "/users", params=params))

    def user(self, user_id: str) -> User:
        """Returns one account."""
        return self._one(User, Call("GET", f"/users/{_safe(user_id)}"))

    def create_user(self, *, email: str, password: str, name: str, is_staff: bool, idempotency_key: str) -> User:
        """Creates an account for another person. A repeat with the same key creates nothing."""
        draft = {"email": email, "password": password, "name": name, "is_staff": is_staff}
        return self._one(User, _post("/users", draft, idempotency_key))

    def change_user(self, user_id: str, changes: Mapping[str, object], *, version: int) -> User:
        """Changes the given fields of that version of an account."""
        call = Call("PATCH", f"/users/{_safe(user_id)}", json=changes, version=version)
        return parse(User, self._based_on_version(User, call))

    def delete_user(self, user_id: str, *, version: int) -> None:
        """Closes and anonymises that version of another person's account; its history stays."""
        self._based_on_version(User, Call("DELETE", f"/users/{_safe(user_id)}", version=version))

    def organizers(self) -> list[Organizer]:
        """Returns all organizers."""
        return list(self._all(Page[Organizer], "/organizers", limit=PAGE_SIZE))

    def create_event(self, draft: EventDraft, *, idempotency_key: str) -> Event:
        """Creates an event. A repeat with the same key creates nothing."""
        return self._one(Event, _post("/events", draft.model_dump(mode="json"), idempotency_key))

    def change_event(self, event_id: str, changes: EventChanges, *, version: int) -> Event:
        """Changes the fields that are set, of that version of the event."""
        body = changes.model_dump(mode="json", exclude_unset=True)
        call = Call("PATCH", f"/events/{_safe(event_id)}", json=body, version=version)
        return parse(Event, self._based_on_version(Event, call))

    def delete_event(self, event_id: str, *, version: int) -> None:
        """Deletes that version of an event. Raises `Refused` with 409 while it has live bookings."""
        self._based_on_version(Event, Call("DELETE", f"/events/{_safe(event_id)}", version=version))

    def close_sales(self, event_id: str) -> Event:
        """Ends the sale of an event. Existing bookings and offers stay; its queues close."""
        return self._one(Event, _post(f"/events/{_safe(event_id)}/close-sales"))

    def cancel_event(self, event_id: str) -> None:
        """Cancels an event: its bookings are cancelled and refunded in the background, and its queues close."""
        self._call(_post(f"/events/{_safe(event_id)}/cancel"))

    def event_operations(self, event_id: str) -> list[EventOperation]:
        """Returns the cancellations of an event, newest first; none if it is not cancelled."""
        return list(self._all(Page[EventOperation], f"/events/{_safe(event_id)}/operations", limit=PAGE_SIZE))

    def add_seats(self, event_id: str, layout: SeatLayout, *, idempotency_key: str) -> None:
        """Adds a block of seats to an event. A repeat with the same key adds nothing."""
        self._call(_post(f"/events/{_safe(event_id)}/seats", layout.model_dump(mode="json"), idempotency_key))

    def change_seat(self, event_id: str, seat_id: str, changes: Mapping[str, object], *, version: int | None) -> None:
        """Changes the given fields of that version of a seat."""
        path = f"/events/{_safe(event_id)}/seats/{_safe(seat_id)}"
        self._based_on_version(Seat, Call("PATCH", path, json=changes, version=version))

    def delete_seat(self, event_id: str, seat_id: str, *, version: int | None) -> None:
        """Deletes that version of a seat. Raises `Refused` with 409 if it was ever booked or queued for."""
        path = f"/events/{_safe(event_id)}/seats/{_safe(seat_id)}"
        self._based_on_version(Seat, Call("DELETE", path, version=version))

    def event_queue(self, event_id: str, *, with_ended: bool = False) -> list[WaitlistEntry]:
        """Returns everybody's live waitlist entries of an event, or also the ended ones."""
        path, filters = f"/events/{_safe(event_id)}/waitlist", {"ended": "true"} if with_ended else {}
        return list(self._all(Page[WaitlistEntry], path, limit=PAGE_SIZE, **filters))


def _post(path: str, json: Mapping[str, object] | None = None, idempotency_key: str | None = None) -> Call:
    return Call(
        "POST", path, json=json if json is not None else {}, idempotency_key=idempotency_key or uuid.uuid4().hex
    )


def _safe(identifier: str) -> str:
    """Quotes an id from the address bar, so that it cannot lead to another path."""
    return quote(identifier, safe="")


def _batches(places: Sequence[str]) -> list[list[str]]:
    """Divides the places, so that a request for each part stays short. Few places of ordinary names are one part."""
    batches: list[list[str]] = []
    room = 0
    for place in places:
        length = len(quote(place, safe=""))
        if length > room:
            batches.append([])
            room = MOST_IN_QUERY
        batches[-1].append(place)
        room -= length
    return batches
