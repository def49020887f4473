"""Types that several request bodies share."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from servicekit.money import require_currency
from servicekit.times import Instant

OMITTED: Any = None
"""The default of a field that a PATCH may leave out but not set to null."""


def _in_range(moment: datetime) -> datetime:
    # The first and last years overflow as soon as a time zone is applied.
    if not 1900 <= moment.year <= 9000:
        raise ValueError("must lie between the years 1900 and 9000")
    return moment


Moment = Annotated[Instant, AfterValidator(_in_range)]
HIGHEST_PRICE = 1_000_000_000_000
Price = Annotated[
    int, Field(strict=True, ge=0, le=HIGHEST_PRICE, description="In minor units of the event's currency.")
]
Currency = Annotated[
    str,
    Field(pattern="^[A-Z]{3}$", description="The ISO 4217 code of a currency in use."),
    AfterValidator(require_currency),
]


class Input(BaseModel):
    """A request body. Unknown fields are refused, so that a misspelt field is not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)
