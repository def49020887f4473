"""The settings of the ticket service, read from the environment and checked at the start."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr
from servicekit.settings import Key, Seconds, ServiceSettings, Url, WebhookSecret, WebhookSecrets, load
from servicekit.times import TimeZone

from ticketing.domain.unpaid_seats import UnpaidSeatLimits

SERVICE = "ticket"


def _without_path(url: str) -> str:
    parts = urlsplit(url)
    if parts.path or parts.query or parts.fragment or parts.username is not None:
        raise ValueError("must be http(s)://host[:port] without a path")
    return url


Origin = Annotated[Url, AfterValidator(_without_path)]
"""`http(s)://host[:port]` without a path, because an S3 signature covers the path."""


class Settings(ServiceSettings):
    """Settings of the HTTP process and of the worker."""

    port: int = Field(default=8001, ge=0, le=65535)
    database_pool_size: int = Field(default=16, ge=2, le=200)

    payment_url: Url
    payment_api_key: Key
    ticket_webhook_secret: WebhookSecrets
    client_webhook_url: Url
    client_webhook_secret: WebhookSecret

    s3_endpoint: Origin
    s3_public_endpoint: Origin
    s3_region: str = Field(default="us-east-1", pattern=r"^[A-Za-z0-9-]{1,64}$")
    s3_bucket: str = Field(default="tickets", pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")
    s3_access_key: str = Field(min_length=3)
    s3_secret_key: Annotated[SecretStr, Field(min_length=8)]

    hold_seconds: Seconds = 900
    offer_seconds: Seconds = 900
    organizer_timeout_seconds: Seconds = 5
    organizer_attempts: int = Field(default=1, ge=1, le=10)
    organizer_calls_at_once: int = Field(default=100, ge=1, le=1000)
    """How many calls of one process to one organizer may be under way."""
    organizer_failures_to_pause: int = Field(default=5, ge=1, le=1000)
    """After so many calls in a row without a usable answer, the organizer is not asked for a while."""
    organizer_pause_seconds: Seconds = 5
    promotion_attempts: int = Field(default=10, ge=1, le=1000)
    unpaid_seats_per_buyer: int = Field(default=20, ge=0, le=1_000_000)
    """How many seats of one event a buyer may hold without having paid for them; 0 is no limit."""
    unpaid_seats_per_address: int = Field(default=60, ge=0, le=1_000_000)
    """The same for all events and all buyers of one address."""
    ticket_link_seconds: int = Field(default=300, ge=1, le=7 * 24 * 3600)
    default_time_zone: TimeZone = "Asia/Jakarta"
    """The time zone of an event that is created without one."""
    holding_grace_seconds: Seconds = 60

    @property
    def unpaid_seat_limits(self) -> UnpaidSeatLimits:
        """Returns how many seats may be held without being paid for."""
        return UnpaidSeatLimits(self.unpaid_seats_per_buyer, self.unpaid_seats_per_address)

    def secrets(self) -> dict[str, list[str]]:
        """Returns every secret, by the variable that holds it."""
        return {
            **super().secrets(),
            "PAYMENT_API_KEY": [self.payment_api_key.get_secret_value()],
            "TICKET_WEBHOOK_SECRET": self.ticket_webhook_secret.get_secret_value().split(),
            "CLIENT_WEBHOOK_SECRET": [self.client_webhook_secret.get_secret_value()],
            "S3_ACCESS_KEY": [self.s3_access_key],
            "S3_SECRET_KEY": [self.s3_secret_key.get_secret_value()],
        }


def load_settings() -> Settings:
    """Reads the settings; prints one sentence and exits with 2 if one is missing or weak."""
    return load(Settings, SERVICE)
