"""The client service, as a buyer or a member of staff calls it."""

from __future__ import annotations

from typing import Any

from tests.support.http import Answer, HttpApi, ProblemError

API = "/api/v1"


class Event(Answer):
    id: str
    name: str


class Seat(Answer):
    id: str
    section: str
    row: str
    number: int
    price: int
    status: str = "OPEN"


class Booking(Answer):
    id: str
    status: str
    failure_reason: str | None = None
    cancel_reason: str | None = None
    refund_status: str | None = None
    origin: str = "DIRECT"
    amount: int | None = None
    invoice_number: str | None = None
    payment_url: str | None = None
    hold_expires_at: str | None = None
    ticket_available: bool = False


class WaitlistEntry(Answer):
    id: str
    status: str
    position: int | None = None
    booking_id: str | None = None


class TicketLink(Answer):
    url: str
    sha256: str


class Account(Answer):
    id: str
    email: str
    name: str

    def as_customer(self) -> dict[str, str]:
        """How ticket is told who books."""
        return {"id": self.id, "name": self.name, "email": self.email}


class ClientApi(HttpApi):
    """Every call that a signed-in person can make."""

    account: Account
    _password: str

    @classmethod
    def register(cls, url: str, *, email: str, password: str, name: str) -> ClientApi:
        """A new account, signed in."""
        visitor = HttpApi(url)
        visitor.call("POST", f"{API}/auth/register", json={"email": email, "password": password, "name": name})
        visitor.close()
        return cls.sign_in(url, email=email, password=password)

    @classmethod
    def sign_in(cls, url: str, *, email: str, password: str) -> ClientApi:
        """An account that exists, signed in."""
        api = cls(url, tokens_of(url, email, password).access)
        api._password = password
        api.account = Account.model_validate(api.call("GET", f"{API}/users/me"))
        return api

    def call(self, method: str, path: str, **parts: Any) -> Any:
        """As `HttpApi.call`; when the access token has run out, as it does during a long test, with a new one."""
        try:
            return super().call(method, path, **parts)
        except ProblemError as problem:
            if problem.status != 401:
                raise
            try:
                token = tokens_of(str(self.http.base_url), self.account.email, self._password).access
            except ProblemError:
                raise problem from None
            self.http.headers["authorization"] = f"Bearer {token}"
            return super().call(method, path, **parts)

    def events(self) -> list[Event]:
        return [Event.model_validate(item) for item in self.every(f"{API}/events")]

    def seats(self, event_id: str, status: str | None = None) -> list[Seat]:
        return [Seat.model_validate(item) for item in self.every(f"{API}/events/{event_id}/seats", status=status)]

    def book(self, event_id: str, seat_ids: list[str], *, idempotency_key: str | None = None) -> Booking:
        """Asks for seats; a refusal raises `ProblemError`, whose document names the stored booking."""
        headers = {"idempotency-key": idempotency_key} if idempotency_key else {}
        body = {"event_id": event_id, "seat_ids": seat_ids}
        return Booking.model_validate(self.call("POST", f"{API}/bookings", json=body, headers=headers))

    def booking(self, booking_id: str) -> Booking:
        return Booking.model_validate(self.call("GET", f"{API}/bookings/{booking_id}"))

    def bookings(self, status: str | None = None) -> list[Booking]:
        return [Booking.model_validate(item) for item in self.every(f"{API}/bookings", status=status)]

    def refresh(self, booking_id: str) -> Booking:
        """Has the client service ask ticket now."""
        return Booking.model_validate(self.call("POST", f"{API}/bookings/{booking_id}/refresh"))

    def cancel(self, booking_id: str) -> Booking:
        return Booking.model_validate(self.call("POST", f"{API}/bookings/{booking_id}/cancel"))

    def ticket(self, booking_id: str) -> TicketLink:
        """A fresh presigned link to the booking's document."""
        return TicketLink.model_validate(self.call("GET", f"{API}/bookings/{booking_id}/ticket"))

    def timeline(self, booking_id: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.call("GET", f"{API}/bookings/{booking_id}/timeline")["items"]
        return items

    def join_queue(self, seat_id: str) -> WaitlistEntry:
        return WaitlistEntry.model_validate(self.call("POST", f"{API}/waitlist", json={"seat_id": seat_id}))

    def entry(self, entry_id: str) -> WaitlistEntry:
        return WaitlistEntry.model_validate(self.call("GET", f"{API}/waitlist/{entry_id}"))

    def leave_queue(self, entry_id: str) -> None:
        self.call("DELETE", f"{API}/waitlist/{entry_id}")

    def close_account(self) -> None:
        self.call("DELETE", f"{API}/users/me")

    def notifications(self) -> list[dict[str, Any]]:
        return list(self.every(f"{API}/notifications"))


class Tokens(Answer):
    access: str
    refresh: str


def tokens_of(url: str, email: str, password: str) -> Tokens:
    """A new sign-in of an account that exists."""
    visitor = HttpApi(url)
    try:
        return Tokens.model_validate(
            visitor.call("POST", f"{API}/auth/token", json={"email": email, "password": password})
        )
    finally:
        visitor.close()
