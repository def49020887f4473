"""Everything the dashboard reads from its environment, checked once at start."""

from functools import lru_cache

from pydantic import Field, HttpUrl, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The dashboard's settings; the names of the variables are those of the fields in upper case."""

    model_config = SettingsConfigDict(env_file=None)

    client_url: HttpUrl = Field(
        description="Base address of the client service, the only service the dashboard talks to."
    )


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Read the environment; ends the process with one plain sentence when a variable is missing or wrong."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = error.errors()[0]
        name = str(wrong["loc"][0]).upper()
        raise SystemExit(f"The dashboard cannot start: {name} is missing or wrong ({wrong['msg']}).") from None
