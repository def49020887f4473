"""Reads and writes organizers."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from servicekit.db.paging import Order
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.tables import bookings, events, organizers
from ticketing.domain.booking import BookingStatus
from ticketing.domain.event import Organizer, OrganizerChange

_order = Order([organizers.c.slug])


_shown = [organizers.c[field.name] for field in fields(Organizer)]
"""Every column but the keys."""


def _organizer(row: sa.Row[Any]) -> Organizer:
    return Organizer(**row._mapping)


async def list_organizers(connection: AsyncConnection, *, after: tuple[Any, ...] | None, limit: int) -> list[Organizer]:
    """Returns organizers ordered by slug, those after `after`."""
    query = _order.apply(sa.select(*_shown), after).limit(limit)
    return [_organizer(row) for row in await connection.execute(query)]


async def find_organizer(connection: AsyncConnection, slug: str) -> Organizer | None:
    """Returns the organizer with this slug; None if there is none."""
    row = (await connection.execute(sa.select(*_shown).where(organizers.c.slug == slug))).one_or_none()
    return _organizer(row) if row else None


async def slug_of_event_organizer(connection: AsyncConnection, event_id: UUID) -> str | None:
    """Returns the slug of the event's organizer; None if there is no such event."""
    query = sa.select(organizers.c.slug).join(events).where(events.c.id == event_id)
    return (await connection.execute(query)).scalar_one_or_none()


async def insert_organizer(
    connection: AsyncConnection, *, slug: str, name: str, base_url: str, api_key: str | None
) -> Organizer | None:
    """Creates an organizer; returns None if another one has the slug."""
    set_at = None if api_key is None else sa.func.now()
    statement = (
        insert(organizers)
        .values(id=uuid4(), slug=slug, name=name, base_url=base_url, api_key=api_key, api_key_set_at=set_at)
        .on_conflict_do_nothing(index_elements=["slug"])
        .returning(*_shown)
    )
    row = (await connection.execute(statement)).one_or_none()
    return _organizer(row) if row else None


async def update_organizer(connection: AsyncConnection, slug: str, change: OrganizerChange) -> Organizer | None:
    """Changes and returns the organizer, which is locked; None if its address may not change.

    The address does not change while the organizer holds seats: for a booking that is live, but for one that is paid
    and whose event has begun, or that is not released yet. A key that is replaced is kept as the previous one.
    """
    columns: dict[str, Any] = {name: value for name, value in asdict(change).items() if value is not None}
    differs = sa.or_(sa.false(), *(organizers.c[name].is_distinct_from(value) for name, value in columns.items()))
    columns["version"] = organizers.c.version + sa.case((differs, 1), else_=0)
    if change.api_key is not None:
        stays = organizers.c.api_key == change.api_key
        columns["previous_api_key"] = sa.case((stays, organizers.c.previous_api_key), else_=organizers.c.api_key)
        columns["api_key_set_at"] = sa.case((stays, organizers.c.api_key_set_at), else_=sa.func.now())
    holds_seats = sa.exists().where(
        events.c.organizer_id == organizers.c.id,
        bookings.c.event_id == events.c.id,
        bookings.c.released_at.is_(None),
        (bookings.c.status != BookingStatus.BOOKED) | (events.c.starts_at > sa.func.now()),
    )
    address_stays = sa.true() if change.base_url is None else organizers.c.base_url == change.base_url
    statement = (
        sa.update(organizers)
        .where(organizers.c.slug == slug, address_stays | ~holds_seats)
        .values(**columns, updated_at=sa.func.now())
        .returning(*_shown)
    )
    row = (await connection.execute(statement)).one_or_none()
    return _organizer(row) if row else None


async def forget_previous_key(connection: AsyncConnection, slug: str, api_key: str) -> None:
    """Deletes the previous key once the organizer has accepted `api_key`, unless it was replaced meanwhile."""
    is_it = (organizers.c.slug == slug) & (organizers.c.api_key == api_key)
    await connection.execute(sa.update(organizers).where(is_it).values(previous_api_key=None))


async def lock_organizer(connection: AsyncConnection, slug: str, *, against_bookings: bool) -> Organizer | None:
    """Locks the organizer and returns it, so that no other transaction changes it; None if there is none.

    With `against_bookings`, no event can be added to it and no booking can begin at it either.
    """
    query = sa.select(*_shown).where(organizers.c.slug == slug).with_for_update(key_share=not against_bookings)
    row = (await connection.execute(query)).one_or_none()
    return _organizer(row) if row else None


async def organizer_for_event(connection: AsyncConnection, slug: str) -> UUID | None:
    """Locks the organizer, so that it cannot be deleted, and returns its id; None if there is none."""
    query = sa.select(organizers.c.id).where(organizers.c.slug == slug).with_for_update(read=True, key_share=True)
    return (await connection.execute(query)).scalar_one_or_none()


async def organizer_has_events(connection: AsyncConnection, organizer_id: UUID) -> bool:
    """Returns whether the organizer has events."""
    query = sa.select(sa.exists().where(events.c.organizer_id == organizer_id))
    return bool((await connection.execute(query)).scalar_one())


async def delete_organizer(connection: AsyncConnection, organizer_id: UUID) -> None:
    """Deletes an organizer without events."""
    await connection.execute(sa.delete(organizers).where(organizers.c.id == organizer_id))
