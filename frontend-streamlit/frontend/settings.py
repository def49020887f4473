"""The dashboard's settings, read from the environment and checked once at the start."""

from functools import lru_cache

from pydantic import Field, HttpUrl, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The dashboard's settings; each variable has the name of its field in upper case."""

    model_config = SettingsConfigDict(env_file=None)

    client_url: HttpUrl = Field(
        description="Base address of the client service, the only service the dashboard talks to."
    )


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Reads the environment. Ends the process with one plain sentence if a variable is missing or wrong."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = error.errors()[0]
        name = str(wrong["loc"][0]).upper()
        raise SystemExit(f"The dashboard cannot start: {name} is missing or wrong ({wrong['msg']}).") from None
