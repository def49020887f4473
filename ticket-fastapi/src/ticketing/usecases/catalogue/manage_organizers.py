"""Creates, reads, changes and deletes organizers."""

from __future__ import annotations

from servicekit.errors import NotFoundError
from servicekit.http.addresses import require_allowed
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.catalogue import organizers
from ticketing.domain.event import (
    Organizer,
    OrganizerChange,
    OrganizerExistsError,
    OrganizerHasLiveHoldsError,
    OrganizerInUseError,
)
from ticketing.settings import Settings


async def require_allowed_address(settings: Settings, base_url: str) -> None:
    """Raises WrongFieldError if organizers may not have this address; to be called outside of a transaction."""
    await require_allowed(base_url, field="base_url", allow_private=settings.allow_private_addresses)


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
    """Changes and returns the organizer; its slug never changes.

    Raises OrganizerHasLiveHoldsError if its address would change although its system holds seats.
    """
    if change.base_url is None:
        return _found(await organizers.update_organizer(connection, slug, change), slug)
    # No booking can begin with the old address once it was checked that none is live.
    if await organizers.lock_organizer(connection, slug) is None:
        raise _unknown(slug)
    changed = await organizers.update_organizer(connection, slug, change)
    if changed is None:
        raise OrganizerHasLiveHoldsError(f"The system of {slug} holds seats; its address cannot change meanwhile.")
    return changed


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
