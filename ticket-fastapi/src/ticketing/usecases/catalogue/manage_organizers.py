"""Creates, reads, changes and deletes organizers."""

from __future__ import annotations

from servicekit.errors import NotFoundError
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.catalogue import organizers
from ticketing.domain.event import Organizer, OrganizerChange, OrganizerExistsError, OrganizerInUseError


async def add_organizer(
    connection: AsyncConnection, *, slug: str, name: str, base_url: str, api_key: str | None
) -> Organizer:
    """Creates an organizer; raises OrganizerExistsError if another one has the slug."""
    organizer = await organizers.insert_organizer(connection, slug=slug, name=name, base_url=base_url, api_key=api_key)
    if organizer is None:
        raise OrganizerExistsError(f"There is an organizer with the slug {slug}.")
    return organizer


async def find_organizer(connection: AsyncConnection, slug: str) -> Organizer:
    """Returns the organizer with this slug; raises NotFoundError if there is none."""
    return _found(await organizers.find_organizer(connection, slug), slug)


async def change_organizer(connection: AsyncConnection, slug: str, change: OrganizerChange) -> Organizer:
    """Changes and returns the organizer; its slug never changes."""
    return _found(await organizers.update_organizer(connection, slug, change), slug)


async def remove_organizer(connection: AsyncConnection, slug: str) -> None:
    """Deletes the organizer; raises OrganizerInUseError if it has events."""
    organizer_id = await organizers.lock_organizer(connection, slug)
    if organizer_id is None:
        raise _unknown(slug)
    if await organizers.organizer_has_events(connection, organizer_id):
        raise OrganizerInUseError(f"{slug} has events; delete them first.")
    await organizers.delete_organizer(connection, organizer_id)


def _found(organizer: Organizer | None, slug: str) -> Organizer:
    if organizer is None:
        raise _unknown(slug)
    return organizer


def _unknown(slug: str) -> NotFoundError:
    return NotFoundError(f"There is no organizer {slug}.")
