"""`/organizers`: the owners of the seats that are sold."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field
from servicekit.cursors import page, read_cursor
from servicekit.db.engine import reading
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.catalogue.organizers import list_organizers
from ticketing.domain.event import Organizer, OrganizerChange
from ticketing.http.authentication import Caller, require
from ticketing.http.documented import problems
from ticketing.http.idempotency import IdempotencyKey, create_once
from ticketing.http.models import OMITTED, Input
from ticketing.http.pagination import DEFAULT_LIMIT, Cursor, Limit, Page
from ticketing.http.responses import JsonResponse
from ticketing.http.services import WithEngine, WithServices
from ticketing.http.texts import BaseUrl, Name
from ticketing.http.versions import REFUSED, Expected, tagged, with_tag
from ticketing.usecases.catalogue import manage_organizers

router = APIRouter(prefix="/organizers", tags=["organizers"])

Slug = Annotated[str, Field(pattern="^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$", examples=["nusantara-live"])]
"""The name of an organizer in addresses; it never changes."""
Reader = Annotated[Caller, Depends(require("catalog:read"))]
Writer = Annotated[Caller, Depends(require("catalog:write"))]


ApiKey = Annotated[
    str,
    Field(
        min_length=24,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        repr=False,
        description="The key by which the organizer's system knows this platform, and with which requests to it are "
        "signed. It is never returned. Without one, no hold can be requested. A key that is replaced is still tried "
        "until the organizer has accepted the new one.",
        json_schema_extra={"writeOnly": True},
    ),
]


class OrganizerInput(Input):
    """A new organizer."""

    slug: Slug = Field(description="The name of the organizer in addresses; it never changes.")
    name: Name
    base_url: BaseUrl = Field(
        description="The address of the organizer's own system; holds are requested at `{base_url}/holds`."
    )
    api_key: ApiKey = OMITTED


class OrganizerChanges(Input):
    """The fields to change; a field that is left out stays as it is."""

    name: Name = OMITTED
    base_url: BaseUrl = Field(
        default=OMITTED,
        description="The address of the organizer's own system; holds are requested at `{base_url}/holds`.",
    )
    api_key: ApiKey = OMITTED


class OrganizerOutput(BaseModel):
    """An organizer."""

    id: UUID
    version: int = Field(description="Grows with every change by staff; it is also the `ETag`.")
    slug: str
    name: str
    base_url: str = Field(
        description="The address of the organizer's own system; holds are requested at `{base_url}/holds`."
    )
    api_key_set_at: datetime | None = Field(description="When the key was last set; null if there is none.")
    created_at: datetime
    updated_at: datetime


class OrganizerPage(Page):
    """Organizers, ordered by slug."""

    items: list[OrganizerOutput]


@router.get("", response_model=OrganizerPage, summary="List organizers by slug")
async def list_(engine: WithEngine, _: Reader, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT) -> Response:
    """Staff call this to choose an organizer. It returns one page and the cursor of the next page."""
    after = read_cursor(cursor, tuple[str])
    async with reading(engine) as connection:
        rows = await list_organizers(connection, after=after, limit=limit + 1)
    return JsonResponse(page(rows, limit, show=lambda row: row, sort_values=lambda row: [row.slug]))


@router.post(
    "",
    status_code=201,
    response_model=OrganizerOutput,
    summary="Add an organizer",
    responses=with_tag(201)
    | problems(_409="organizer-exists request-in-progress", _422="validation-error idempotency-key-reused"),
)
async def add(
    services: WithServices, request: Request, caller: Writer, body: OrganizerInput, key: IdempotencyKey = None
) -> Response:
    """Staff call this to create an organizer, which is returned. Its slug never changes."""

    await manage_organizers.require_allowed_address(services.settings, body.base_url)

    async def create(connection: AsyncConnection) -> Organizer:
        return await manage_organizers.add_organizer(connection, **body.model_dump())

    return await create_once(services.engine, request, caller, key, body, create)


@router.get(
    "/{slug}",
    response_model=OrganizerOutput,
    summary="Return an organizer",
    responses=with_tag(200) | problems(_404="not-found"),
)
async def show(engine: WithEngine, _: Reader, slug: Slug) -> Response:
    """Returns the organizer with this slug."""
    async with reading(engine) as connection:
        organizer = await manage_organizers.find_organizer(connection, slug)
    return tagged(organizer, organizer.version)


@router.patch(
    "/{slug}",
    response_model=OrganizerOutput,
    summary="Change an organizer",
    responses=with_tag(200) | REFUSED | problems(_404="not-found", _409="organizer-has-live-holds"),
)
async def change(services: WithServices, _: Writer, slug: Slug, body: OrganizerChanges, expected: Expected) -> Response:
    """Staff call this to change the sent fields of the version that `If-Match` names; it returns the organizer.

    The address of its system is not changed while that system holds seats for bookings, which could not be released.
    """
    if body.base_url is not None:
        await manage_organizers.require_allowed_address(services.settings, body.base_url)
    async with services.engine.begin() as connection:
        change_ = OrganizerChange(**body.model_dump())
        organizer = await manage_organizers.change_organizer(connection, slug, change_, expected)
    return tagged(organizer, organizer.version)


@router.delete(
    "/{slug}",
    status_code=204,
    summary="Delete an organizer",
    responses=REFUSED | problems(_404="not-found", _409="organizer-in-use"),
)
async def remove(engine: WithEngine, _: Writer, slug: Slug, expected: Expected) -> Response:
    """Staff call this to delete the version that `If-Match` names. It is refused if the organizer has events."""
    async with engine.begin() as connection:
        await manage_organizers.remove_organizer(connection, slug, expected)
    return Response(status_code=204)
