"""Reads and writes organizers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from servicekit.db.paging import Order
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.tables import events, organizers
from ticketing.domain.event import Organizer, OrganizerChange

_order = Order([organizers.c.slug])


def _organizer(row: sa.Row[Any]) -> Organizer:
    return Organizer(**row._mapping)


async def list_organizers(connection: AsyncConnection, *, after: tuple[Any, ...] | None, limit: int) -> list[Organizer]:
    """Returns organizers ordered by slug, those after `after`."""
    query = _order.apply(sa.select(organizers), after).limit(limit)
    return [_organizer(row) for row in await connection.execute(query)]


async def find_organizer(connection: AsyncConnection, slug: str) -> Organizer | None:
    """Returns the organizer with this slug; None if there is none."""
    row = (await connection.execute(sa.select(organizers).where(organizers.c.slug == slug))).one_or_none()
    return _organizer(row) if row else None


async def slug_of_event_organizer(connection: AsyncConnection, event_id: UUID) -> str | None:
    """Returns the slug of the event's organizer; None if there is no such event."""
    query = sa.select(organizers.c.slug).join(events).where(events.c.id == event_id)
    return (await connection.execute(query)).scalar_one_or_none()


async def insert_organizer(connection: AsyncConnection, *, slug: str, name: str, base_url: str) -> Organizer | None:
    """Creates an organizer; returns None if another one has the slug."""
    statement = (
        insert(organizers)
        .values(id=uuid4(), slug=slug, name=name, base_url=base_url)
        .on_conflict_do_nothing(index_elements=["slug"])
        .returning(organizers)
    )
    row = (await connection.execute(statement)).one_or_none()
    return _organizer(row) if row else None


async def update_organizer(connection: AsyncConnection, slug: str, change: OrganizerChange) -> Organizer | None:
    """Changes and returns the organizer; None if there is none with this slug."""
    columns = {name: value for name, value in asdict(change).items() if value is not None}
    statement = (
        sa.update(organizers)
        .where(organizers.c.slug == slug)
        .values(**columns, updated_at=sa.func.now())
        .returning(organizers)
    )
    row = (await connection.execute(statement)).one_or_none()
    return _organizer(row) if row else None


async def lock_organizer(connection: AsyncConnection, slug: str) -> UUID | None:
    """Locks the organizer, so that no event can be added to it, and returns its id; None if there is none."""
    query = sa.select(organizers.c.id).where(organizers.c.slug == slug).with_for_update()
    return (await connection.execute(query)).scalar_one_or_none()


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
