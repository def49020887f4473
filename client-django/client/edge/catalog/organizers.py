"""The shapes of organizers, for the OpenAPI document; ticket has the rules and checks the bodies."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

ApiKey = Annotated[
    str,
    Field(
        min_length=24,
        max_length=200,
        description="The key by which the organizer's system knows this platform. It is never returned. Without one, "
        "no seat of the organizer can be booked.",
        json_schema_extra={"writeOnly": True},
    ),
]
BaseUrl = Annotated[str, Field(description="The address of the organizer's own system.")]


class NewOrganizer(BaseModel):
    """A new organizer."""

    slug: str = Field(description="The name of the organizer in addresses; it never changes.")
    name: str
    base_url: BaseUrl
    api_key: ApiKey | None = None


class OrganizerChanges(BaseModel):
    """The fields to change; a field that is left out stays as it is."""

    name: str | None = None
    base_url: BaseUrl | None = None
    api_key: ApiKey | None = None


class Organizer(BaseModel):
    """An organizer. Its key is never shown."""

    id: UUID
    version: int = Field(description="Grows with every change by staff; it is also the `ETag`.")
    slug: str
    name: str
    base_url: BaseUrl
    api_key_set_at: datetime | None = Field(description="When the key was last set; null if there is none.")
    created_at: datetime
    updated_at: datetime


class OrganizerPage(BaseModel):
    """Organizers, ordered by slug."""

    items: list[Organizer]
    next_cursor: str | None = None
