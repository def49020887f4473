"""`?at=["Balkon","A",7]`: seats that are named by their places, as the seat map shows them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query
from pydantic import Field, TypeAdapter, ValidationError
from servicekit.errors import WrongFieldError

from ticketing.domain.seat_plan import Place
from ticketing.http.texts import RowLabel, Section

MOST_PLACES = 10
"""The maximum in one request: as many as a booking may have."""

Number = Annotated[int, Field(strict=True, ge=1, le=100_000)]

_PLACE: TypeAdapter[Place] = TypeAdapter(tuple[Section, RowLabel, Number])


async def _places(
    at: Annotated[
        list[Annotated[str, Field(max_length=1000)]] | None,
        Query(
            max_length=MOST_PLACES,
            description="Only seats at these places: each a JSON array of section, row and number, such as "
            '`["Balkon","A",7]`. A place without a seat is left out.',
        ),
    ] = None,
) -> list[Place] | None:
    return None if at is None else [_place(index, text) for index, text in enumerate(at)]


def _place(index: int, text: str) -> Place:
    try:
        return _PLACE.validate_json(text)
    except ValidationError as error:
        raise WrongFieldError(
            f"at.{index}",
            "malformed_place",
            'Must be a JSON array of section, row and number, such as ["Balkon","A",7].',
        ) from error


Places = Annotated[list[Place] | None, Depends(_places)]
"""The places that the request names; None if it names none."""
