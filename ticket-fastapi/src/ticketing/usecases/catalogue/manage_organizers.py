"""Creates, reads, changes and deletes organizers."""

from __future__ import annotations

from servicekit.errors import NotFoundError
from servicekit.http.addresses import require_allowed
from servicekit.versions import ExpectedVersion, require_version
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


async def change_organizer(
    connection: AsyncConnection, slug: str, change: OrganizerChange, expected: ExpectedVersion | None
) -> Organizer:
    """Changes and returns the organizer, if it has the expected version; its slug never changes.

    Raises OrganizerHasLiveHoldsError if its address would change although its system holds seats.
    """
    # No booking can begin with the old address once it was checked that none is live.
    await _lock_version(connection, slug, expected, against_bookings=change.base_url is not None)
    changed = await organizers.update_organizer(connection, slug, change)
    if changed is None:
        raise OrganizerHasLiveHoldsError(f"The system of {slug} holds seats; its address cannot change meanwhile.")
    return changed


async def remove_organizer(connection: AsyncConnection, slug: str, expected: ExpectedVersion | None) -> None:
    """Deletes the organizer, if it has the expected version; raises OrganizerInUseError if it has events."""
    organizer = await _lock_version(connection, slug, expected, against_bookings=True)
    if await organizers.organizer_has_events(connection, organizer.id):
        raise OrganizerInUseError(f"{slug} has events; delete them first.")
    await organizers.delete_organizer(connection, organizer.id)


async def _lock_version(
    connection: AsyncConnection, slug: str, expected: ExpectedVersion | None, *, against_bookings: bool
) -> Organizer:
    organizer = _found(await organizers.lock_organizer(connection, slug, against_bookings=against_bookings), slug)
    require_version(expected, organizer.version)
    return organizer


def _found(organizer: Organizer | None, slug: str) -> Organizer:
    if organizer is None:
        raise NotFoundError(f"There is no organizer {slug}.")
    return organizer
