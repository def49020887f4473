"""Calls to the organizers' systems over HTTP (contracts/README.md, Hold)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import aiohttp
from prometheus_client import Counter
from pydantic import BaseModel, ValidationError
from servicekit.breaker import Breakers, CallRefusedError
from servicekit.http.calls import Answer

from ticketing.domain.booking_record import Booking
from ticketing.integrations.calling import UnreachableError, call, problem_slug
from ticketing.integrations.gateways import HoldAnswer, HoldState, OrganizerPausedError, UnreachableOrganizerError

_REFUSALS = {answer.value: answer for answer in (HoldAnswer.DECLINED, HoldAnswer.ALREADY_HELD, HoldAnswer.RELEASED)}

CALLS = Counter("ticket_organizer_calls", "Calls to organizers, by outcome", ["outcome"])


class _Hold(BaseModel):
    """A hold as the organizer represents it."""

    hold_id: UUID
    seats: list[str]
    status: HoldState

    def confirms(self, booking: Booking) -> bool:
        """Whether this is the hold of the booking, with exactly its seats."""
        return (
            self.hold_id == booking.id
            and self.status is HoldState.HELD
            and sorted(self.seats) == sorted(str(seat.id) for seat in booking.seats)
        )

    def is_tombstone_of(self, booking: Booking) -> bool:
        """Whether the id of the booking is released here."""
        return self.hold_id == booking.id and self.status is HoldState.RELEASED


class HttpOrganizers:
    """Calls the system at the organizer's `base_url`.

    An answer counts only if it can be read and names this hold; any other leaves the outcome unknown. An organizer that
    does not answer is asked less and less (`breakers`).
    """

    def __init__(self, http: aiohttp.ClientSession, key: str, timeout_seconds: float, breakers: Breakers[str]) -> None:
        self._http = http
        self._key = key
        self._seconds = timeout_seconds
        self._breakers = breakers

    async def hold(self, booking: Booking) -> HoldAnswer:
        """See `Organizers.hold`."""
        wanted: dict[str, object] = {
            "hold_id": str(booking.id),
            "event_ref": str(booking.event.id),
            "seats": [str(seat.id) for seat in booking.seats],
        }
        with self._guard(booking):
            answer = await self._call("POST", f"{booking.organizer.base_url}/holds", wanted)
            if answer.status == 409:
                refusal = _REFUSALS.get(problem_slug(answer))
                if refusal is not None:
                    return refusal
            elif _read(answer).confirms(booking):
                return HoldAnswer.HELD
            raise _unusable(answer)

    async def look_up(self, booking: Booking) -> HoldState:
        """See `Organizers.look_up`."""
        # An organizer that answers look-ups but no requests for a hold does not work.
        with self._guard(booking, proves_health=False):
            answer = await self._call("GET", _hold_url(booking))
            if answer.status == 404:
                return HoldState.ABSENT
            found = _read(answer)
            if found.confirms(booking) or found.is_tombstone_of(booking):
                return found.status
            raise _unusable(answer)

    async def release(self, booking: Booking) -> None:
        """See `Organizers.release`."""
        with self._guard(booking):
            answer = await self._call("DELETE", _hold_url(booking))
            if not _read(answer).is_tombstone_of(booking):
                raise _unusable(answer)

    @contextmanager
    def _guard(self, booking: Booking, *, proves_health: bool = True) -> Iterator[None]:
        try:
            with self._breakers.call(booking.organizer.slug, UnreachableOrganizerError, proves_health=proves_health):
                yield
        except CallRefusedError as error:
            CALLS.labels("not made").inc()
            raise OrganizerPausedError(error.seconds) from error
        except UnreachableOrganizerError:
            CALLS.labels("no usable answer").inc()
            raise
        CALLS.labels("answered").inc()

    async def _call(self, method: str, url: str, json: dict[str, object] | None = None) -> Answer:
        try:
            return await call(self._http, method, url, key=self._key, seconds=self._seconds, json=json)
        except UnreachableError as error:
            raise UnreachableOrganizerError(str(error)) from error


def _read(answer: Answer) -> _Hold:
    """Returns the hold of a 2xx answer; raises UnreachableOrganizerError if it has none that can be read."""
    if not answer.is_success:
        raise _unusable(answer)
    try:
        return _Hold.model_validate_json(answer.body)
    except ValidationError as error:
        raise _unusable(answer) from error


def _unusable(answer: Answer) -> UnreachableOrganizerError:
    return UnreachableOrganizerError(f"the organizer answered {answer.status}, which does not name this hold")


def _hold_url(booking: Booking) -> str:
    return f"{booking.organizer.base_url}/holds/{booking.id}"
