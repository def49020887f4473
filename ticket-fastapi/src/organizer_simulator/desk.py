"""The organizers' desk: takes, shows and releases holds. Each function is one transaction."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from pydantic import TypeAdapter

from organizer_simulator.domain.chance import Outcome, Simulation, draw
from organizer_simulator.domain.hold import (
    AlreadyHeld,
    Hold,
    HoldDeclined,
    HoldIdReused,
    HoldNotFound,
    HoldOrder,
    HoldReleased,
    HoldStatus,
    OrganizerBroken,
    Taken,
)
from organizer_simulator.store import HoldStore

_SIMULATION = TypeAdapter(Simulation)


def _now() -> datetime:
    return datetime.now(UTC)


class Desk:
    """All organizers' holds. Not safe for concurrent callers: the edge calls it from one thread."""

    def __init__(self, store: HoldStore, at_start: Simulation, *, controls: bool, now: Callable[[], datetime] = _now):
        self._store = store
        self._at_start = at_start
        self._now = now
        self.simulation = self._remembered() if controls else at_start

    def take_hold(self, order: HoldOrder) -> Taken:
        """Hold the seats of `order`, or raise a `HoldError` that says why not.

        Chance comes last: what is certain (a repeat, a released id, a seat of another hold) is never decided by it.
        """
        with self._store.transaction():
            known = self._store.find(order.organizer, order.hold_id)
            if known is not None:
                return _repeat(known, order)
            self._refuse_held_seats(order)
            outcome = self._draw()
            if outcome in (Outcome.OK, Outcome.TIMEOUT):
                hold = self._new_hold(order)
                self._store.add(hold)
        if outcome is Outcome.FAIL:
            raise HoldDeclined
        if outcome is Outcome.ERROR:
            raise OrganizerBroken
        return Taken(hold, is_new=True, answers_late=outcome is Outcome.TIMEOUT)

    def find_hold(self, organizer: str, hold_id: str) -> Hold:
        hold = self._store.find(organizer, hold_id)
        if hold is None:
            raise HoldNotFound
        return hold

    def release_hold(self, organizer: str, hold_id: str) -> Hold:
        """Let the seats of a hold go and bar its id for good, whether it was held, released or never heard of."""
        with self._store.transaction():
            known = self._store.find(organizer, hold_id)
            if known is None:
                tombstone = Hold(organizer, hold_id, None, (), HoldStatus.RELEASED, None, self._now())
                self._store.add(tombstone)
                return tombstone
            if known.status is HoldStatus.RELEASED:
                return known
            released_at = self._now()
            self._store.release(organizer, hold_id, released_at)
            return replace(known, status=HoldStatus.RELEASED, released_at=released_at)

    def list_holds(self, organizer: str, status: HoldStatus | None, after: str, limit: int) -> list[Hold]:
        return self._store.page(organizer, status, after, limit)

    def change_simulation(self, change: Callable[[Simulation], Simulation]) -> Simulation:
        """Behave as `change` says from now on, also after a restart."""
        changed = change(self.simulation)
        with self._store.transaction():
            self._save(changed)
        self.simulation = changed
        return changed

    def try_to_write(self) -> None:
        self._store.try_to_write()

    def close(self) -> None:
        self._store.close()

    def _refuse_held_seats(self, order: HoldOrder) -> None:
        holders = self._store.holders(order.organizer, order.event_ref, order.seats)
        if holders:
            taken = tuple(seat for seat in order.seats if seat in holders)
            raise AlreadyHeld(taken, holders[taken[0]])

    def _new_hold(self, order: HoldOrder) -> Hold:
        return Hold(
            order.organizer, order.hold_id, order.event_ref, order.seats, HoldStatus.HELD, self._now(), released_at=None
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
        """The stored simulation; but what the environment has changed since it was stored, the environment decides."""
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


def _repeat(known: Hold, order: HoldOrder) -> Taken:
    if known.status is HoldStatus.RELEASED:
        raise HoldReleased
    if not known.answers(order):
        raise HoldIdReused
    return Taken(known, is_new=False, answers_late=False)
