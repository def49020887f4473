"""Calls to the organizers' systems over HTTP (contracts/README.md, Hold)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import structlog
from prometheus_client import Counter
from pydantic import BaseModel, ValidationError
from servicekit.breaker import Breakers, CallRefusedError
from servicekit.http.calls import Answer

from ticketing.domain.booking_record import Booking
from ticketing.integrations.calling import problem_slug
from ticketing.integrations.gateways import HoldAnswer, HoldState, OrganizerPausedError, UnreachableOrganizerError
from ticketing.integrations.organizer_requests import OrganizerRequests, OrganizerWithoutKeyError

_REFUSALS = {answer.value: answer for answer in (HoldAnswer.DECLINED, HoldAnswer.ALREADY_HELD, HoldAnswer.RELEASED)}

CALLS = Counter("ticket_organizer_calls", "Calls to organizers, by outcome", ["outcome"])
WITHOUT_KEY_SECONDS = 30
"""How long work waits for an organizer without a key, which staff has to set."""

log = structlog.get_logger()


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

    def __init__(self, requests: OrganizerRequests, breakers: Breakers[str]) -> None:
        self._requests = requests
        self._breakers = breakers

    async def hold(self, booking: Booking) -> HoldAnswer:
        """See `Organizers.hold`."""
        wanted: dict[str, object] = {
            "hold_id": str(booking.id),
            "event_ref": str(booking.event.id),
            "seats": [str(seat.id) for seat in booking.seats],
        }
        with self._guard(booking):
            answer = await self._requests.send("POST", booking.organizer, json=wanted)
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
            answer = await self._requests.send("GET", booking.organizer, f"/{booking.id}")
            if answer.status == 404:
                return HoldState.ABSENT
            found = _read(answer)
            if found.confirms(booking) or found.is_tombstone_of(booking):
                return found.status
            raise _unusable(answer)

    async def release(self, booking: Booking) -> None:
        """See `Organizers.release`."""
        with self._guard(booking):
            answer = await self._requests.send("DELETE", booking.organizer, f"/{booking.id}")
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
        except OrganizerWithoutKeyError as error:
            CALLS.labels("not made").inc()
            log.error("organizer.without_key", organizer=str(error))
            raise OrganizerPausedError(WITHOUT_KEY_SECONDS) from error
        except UnreachableOrganizerError:
            CALLS.labels("no usable answer").inc()
            raise
        CALLS.labels("answered").inc()


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
