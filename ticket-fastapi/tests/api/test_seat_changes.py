"""One statement changes the seats of a booking, and audits exactly what it has changed."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
import sqlalchemy as sa
from servicekit.transitions import IllegalStepError
from support.ticket_system import TicketSystem
from ticketing.db.booking import seats
from ticketing.db.tables import audit_entries
from ticketing.domain.seat import SeatAction, SeatStatus

ACTOR = "test of seat changes"


async def change(
    system: TicketSystem, seat_ids: list[UUID], action: SeatAction, *, booking_id: UUID, believe: bool = False
) -> int:
    """Locks the seats and changes them for the booking, also those that it only believes to have."""
    async with system.services.engine.begin() as connection:
        locked = await seats.lock(connection, seat_ids)
        if believe:
            locked = [replace(seat, status=SeatStatus.ON_GOING, booking_id=booking_id) for seat in locked]
        return await seats.change(connection, locked, action, booking_id=booking_id, actor=ACTOR, to_booking=booking_id)


async def audited(system: TicketSystem, booking_id: UUID) -> list[tuple[UUID, str, str | None, str | None]]:
    rows = audit_entries.c
    query = sa.select(rows.subject_id, rows.action, rows.from_status, rows.to_status)
    async with system.services.engine.connect() as connection:
        found = await connection.execute(query.where(rows.booking_id == booking_id, rows.actor == ACTOR))
    return [(row[0], row[1], row[2], row[3]) for row in found]


async def test_all_seats_of_a_booking_are_changed_and_each_is_audited(system: TicketSystem) -> None:
    event, chosen = await system.create_event()
    booking_id, ids = UUID((await system.book(event, chosen))["id"]), [UUID(seat["id"]) for seat in chosen]
    assert await change(system, ids, SeatAction.SELL, booking_id=booking_id) == len(ids)
    assert {(await system.seat(str(id_)))["status"] for id_ in ids} == {"BOOKED"}
    assert sorted(await audited(system, booking_id)) == [(id_, "SELL", "ON_GOING", "BOOKED") for id_ in sorted(ids)]


async def test_a_seat_of_another_booking_is_neither_changed_nor_audited(system: TicketSystem) -> None:
    event, (own, others, free) = await system.create_event()
    booking_id = UUID((await system.book(event, [own]))["id"])
    await system.book(event, [others])
    ids = [UUID(seat["id"]) for seat in (own, others, free)]
    assert await change(system, ids, SeatAction.SELL, booking_id=booking_id, believe=True) == 1
    assert [(await system.seat(str(id_)))["status"] for id_ in ids] == ["BOOKED", "ON_GOING", "OPEN"]
    assert [entry[0] for entry in await audited(system, booking_id)] == ids[:1]


async def test_an_action_that_the_status_does_not_allow_changes_nothing(system: TicketSystem) -> None:
    event, (seat, *_) = await system.create_event()
    booking_id = UUID((await system.book(event, [seat]))["id"])
    with pytest.raises(IllegalStepError):
        await change(system, [UUID(seat["id"])], SeatAction.TAKE_BACK, booking_id=booking_id)
    assert (await system.seat(seat["id"]))["status"] == "ON_GOING"
    assert await audited(system, booking_id) == []
