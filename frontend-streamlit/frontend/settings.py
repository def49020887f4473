"""The dashboard's settings, read from the environment and checked once at the start."""

from functools import lru_cache

from pydantic import Field, HttpUrl, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from servicekit.settings import WebhookSecrets


class Settings(BaseSettings):
    """The dashboard's settings; each variable has the name of its field in upper case."""

    model_config = SettingsConfigDict(env_file=None)

    client_url: HttpUrl = Field(
        description="Base address of the client service, the only service the dashboard talks to."
    )
    client_public_url: HttpUrl | None = Field(
        default=None,
        description="Address of the client service for browsers, if that is another one than for the dashboard.",
    )
    viewer_address_secret: WebhookSecrets = Field(
        description="Signs the addresses of viewers for the client service; of several, the first is used."
    )

    def map_changes_url(self, event_id: str) -> str:
        """Returns where a browser gets the changes of an event's seat map."""
        base = str(self.client_public_url or self.client_url).rstrip("/")
        return f"{base}/api/v1/events/{event_id}/seat-map/changes"

    @property
    def viewer_secrets(self) -> list[str]:
        """Returns the secrets one by one."""
        return self.viewer_address_secret.get_secret_value().split()


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Reads the environment. Ends the process with one plain sentence if a variable is missing or wrong."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = error.errors()[0]
        name = str(wrong["loc"][0]).upper()
        raise SystemExit(f"The dashboard cannot start: {name} is missing or wrong ({wrong['msg']}).") from None
