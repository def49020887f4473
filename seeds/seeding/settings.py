"""The address of the client service and the accounts that sign in, from the environment."""

import os
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError

from seeding.errors import SeedError

Url = Annotated[str, Field(pattern=r"^https?://\S+$"), AfterValidator(lambda url: url.rstrip("/"))]
Secret = Annotated[SecretStr, Field(min_length=1)]


class Settings(BaseModel):
    """The settings; `organizer_url` is the address under which the ticket service reaches the organizers.

    `organizer_api_key` is the simulator's; several are separated by spaces, and the first is the newest.
    """

    model_config = ConfigDict(frozen=True)

    client_url: Url
    organizer_url: Url
    organizer_api_key: Secret
    staff_email: str = Field(min_length=3)
    staff_password: Secret
    demo_email: str = Field(min_length=3)
    demo_password: Secret
    seed_deadline_seconds: float = Field(default=120, gt=0)


SomeSettings = TypeVar("SomeSettings", bound=BaseModel)


def load_settings(kind: type[SomeSettings]) -> SomeSettings:
    """Loads settings from the environment; raises SeedError, which names each missing or wrong variable."""
    try:
        return kind.model_validate({name.lower(): value for name, value in os.environ.items()})
    except ValidationError as error:
        wrong = ", ".join(sorted(str(problem["loc"][0]).upper() for problem in error.errors(include_input=False)))
        raise SeedError(f"These environment variables are missing or wrong: {wrong}.") from None
