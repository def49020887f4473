"""The holds of all organizers: takes, reads and releases them. Each function is one transaction."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from pydantic import TypeAdapter

from organizer_simulator.domain.chance import Outcome, Simulation, draw
from organizer_simulator.domain.hold import (
    AlreadyHeld,
    GrantedHold,
    Hold,
    HoldDeclined,
    HoldIdReused,
    HoldNotFound,
    HoldReleased,
    HoldStatus,
    OrganizerBroken,
    RequestedHold,
)
from organizer_simulator.store import HoldStore

_SIMULATION = TypeAdapter(Simulation)


def _now() -> datetime:
    return datetime.now(UTC)


class HoldRegister:
    """The holds of all organizers. Not safe for concurrent callers: the HTTP layer calls it from one thread."""

    def __init__(self, store: HoldStore, at_start: Simulation, *, controls: bool, now: Callable[[], datetime] = _now):
        self._store = store
        self._at_start = at_start
        self._now = now
        self.simulation = self._remembered() if controls else at_start

    def take_hold(self, request: RequestedHold) -> GrantedHold:
        """Holds the requested seats, or raises a `HoldError` that says why not.

        Chance is asked last: it never decides about a repeat, a released id or a seat of another hold.
        """
        with self._store.transaction():
            existing = self._store.find(request.organizer, request.hold_id)
            if existing is not None:
                return _repeat(existing, request)
            self._refuse_held_seats(request)
            outcome = self._draw()
            if outcome in (Outcome.OK, Outcome.TIMEOUT):
                hold = self._new_hold(request)
                self._store.add(hold)
        if outcome is Outcome.FAIL:
            raise HoldDeclined
        if outcome is Outcome.ERROR:
            raise OrganizerBroken
        return GrantedHold(hold, is_new=True, answers_late=outcome is Outcome.TIMEOUT)

    def find_hold(self, organizer: str, hold_id: str) -> Hold:
        hold = self._store.find(organizer, hold_id)
        if hold is None:
            raise HoldNotFound
        return hold

    def release_hold(self, organizer: str, hold_id: str) -> Hold:
        """Releases a hold and blocks its id for ever; an id without a hold gets a tombstone."""
        with self._store.transaction():
            existing = self._store.find(organizer, hold_id)
            if existing is None:
                tombstone = Hold(organizer, hold_id, None, (), HoldStatus.RELEASED, None, self._now())
                self._store.add(tombstone)
                return tombstone
            if existing.status is HoldStatus.RELEASED:
                return existing
            released_at = self._now()
            self._store.release(organizer, hold_id, released_at)
            return replace(existing, status=HoldStatus.RELEASED, released_at=released_at)

    def list_holds(self, organizer: str, status: HoldStatus | None, after: str, limit: int) -> list[Hold]:
        return self._store.page(organizer, status, after, limit)

    def change_simulation(self, change: Callable[[Simulation], Simulation]) -> Simulation:
        """Changes the simulation; a restart keeps the change."""
        changed = change(self.simulation)
        with self._store.transaction():
            self._save(changed)
        self.simulation = changed
        return changed

    def try_to_write(self) -> None:
        self._store.try_to_write()

    def close(self) -> None:
        self._store.close()

    def _refuse_held_seats(self, request: RequestedHold) -> None:
        holders = self._store.holders(request.organizer, request.event_ref, request.seats)
        if holders:
            taken = tuple(seat for seat in request.seats if seat in holders)
            raise AlreadyHeld(taken, holders[taken[0]])

    def _new_hold(self, request: RequestedHold) -> Hold:
        return Hold(
            request.organizer,
            request.hold_id,
            request.event_ref,
            request.seats,
            HoldStatus.HELD,
            self._now(),
            released_at=None,
        )

    def _draw(self) -> Outcome:
        outcome, remaining = draw(self.simulation)
        if remaining != self.simulation:
            self._save(remaining)
            self.simulation = remaining
        return outcome

    def _save(self, simulation: Simulation) -> None:
        self._store.save_simulation(
            _SIMULATION.dump_json(self._at_start).decode(), _SIMULATION.dump_json(simulation).decode()
        )

    def _remembered(self) -> Simulation:
        """Returns the stored simulation, with those settings that the environment has changed since it was stored."""
        stored = self._store.load_simulation()
        if stored is None:
            return self._at_start
        then, current = (_SIMULATION.validate_json(text) for text in stored)
        fresh = self._at_start
        changed = {
            name: getattr(fresh, name)
            for name in ("failure_rate", "latency_ms", "seed")
            if getattr(fresh, name) != getattr(then, name)
        }
        return replace(current, **changed)


def _repeat(existing: Hold, request: RequestedHold) -> GrantedHold:
    if existing.status is HoldStatus.RELEASED:
        raise HoldReleased
    if not existing.answers(request):
        raise HoldIdReused
    return GrantedHold(existing, is_new=False, answers_late=False)
