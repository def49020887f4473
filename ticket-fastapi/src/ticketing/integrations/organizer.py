"""Calls to the organizers' systems over HTTP (contracts/README.md, Hold)."""

from __future__ import annotations

import httpx
from pydantic import BaseModel, ValidationError

from ticketing.domain.booking_record import Booking
from ticketing.integrations.calling import UnreachableError, call, problem_slug
from ticketing.integrations.gateways import HoldAnswer, HoldState, UnreachableOrganizerError

_REFUSALS = {answer.value: answer for answer in (HoldAnswer.DECLINED, HoldAnswer.ALREADY_HELD, HoldAnswer.RELEASED)}


class _Hold(BaseModel):
    status: HoldState


class HttpOrganizers:
    """Calls the system at the organizer's `base_url`."""

    def __init__(self, http: httpx.AsyncClient, key: str, timeout_seconds: float) -> None:
        self._http = http
        self._key = key
        self._seconds = timeout_seconds

    async def hold(self, booking: Booking) -> HoldAnswer:
        """See `Organizers.hold`."""
        wanted: dict[str, object] = {
            "hold_id": str(booking.id),
            "event_ref": str(booking.event.id),
            "seats": [str(seat.id) for seat in booking.seats],
        }
        answer = await self._call("POST", f"{booking.organizer_url}/holds", wanted)
        if answer.is_success:
            return HoldAnswer.HELD
        refusal = _REFUSALS.get(problem_slug(answer)) if answer.status_code == 409 else None
        if refusal is None:
            raise UnreachableOrganizerError(f"the organizer answered {answer.status_code} to a hold")
        return refusal

    async def look_up(self, booking: Booking) -> HoldState:
        """See `Organizers.look_up`."""
        answer = await self._call("GET", _hold_url(booking))
        if answer.status_code == 404:
            return HoldState.ABSENT
        try:
            return _Hold.model_validate_json(answer.content).status
        except ValidationError as error:
            raise UnreachableOrganizerError(f"the organizer answered {answer.status_code} to a look-up") from error

    async def release(self, booking: Booking) -> None:
        """See `Organizers.release`."""
        answer = await self._call("DELETE", _hold_url(booking))
        if not answer.is_success:
            raise UnreachableOrganizerError(f"the organizer answered {answer.status_code} to a release")

    async def _call(self, method: str, url: str, json: dict[str, object] | None = None) -> httpx.Response:
        try:
            return await call(self._http, method, url, key=self._key, seconds=self._seconds, json=json)
        except UnreachableError as error:
            raise UnreachableOrganizerError(str(error)) from error


def _hold_url(booking: Booking) -> str:
    return f"{booking.organizer_url}/holds/{booking.id}"
