"""Every setting of the payment service, read from the environment once and checked before anything starts."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, field_validator
from servicekit.http.addresses import plain
from servicekit.settings import ServiceSettings, Url, WebhookSecret, load

SERVICE = "payment"


class Settings(ServiceSettings):
    """Settings of the HTTP process and of the worker."""

    port: int = Field(default=8002, ge=0, le=65535)
    public_url: Url
    webhook_url: Annotated[Url, AfterValidator(plain)]
    webhook_secret: WebhookSecret
    payment_failure_rate: float = Field(default=0.1, ge=0, le=1, allow_inf_nan=False)
    payment_processing_seconds: Annotated[float, Field(ge=0, le=7 * 24 * 3600, allow_inf_nan=False)] = 2
    payment_seed: int | None = Field(default=None, ge=0, lt=2**63)

    @field_validator("payment_seed", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return None if value == "" else value

    def secrets(self) -> dict[str, list[str]]:
        """Returns every secret, keyed by the environment variable that holds it."""
        return {**super().secrets(), "WEBHOOK_SECRET": [self.webhook_secret.get_secret_value()]}


def load_settings() -> Settings:
    """Loads all settings from the environment; prints one sentence and exits with 2 if one is missing or weak."""
    return load(Settings, SERVICE)
