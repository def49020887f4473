"""Every setting of the ticket service, read from the environment once and checked before anything starts (DESIGN
section 6).
"""

from __future__ import annotations

import base64
import binascii
import sys
from pathlib import Path
from typing import Annotated, Literal, NoReturn, TypeVar
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PostgresDsn,
    SecretStr,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import from_json
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

SHORTEST_KEY = 24
_URLS = TypeAdapter(AnyHttpUrl)


def _strong_key(key: SecretStr) -> SecretStr:
    if len(key.get_secret_value()) < SHORTEST_KEY:
        raise ValueError(f"must be a key of at least {SHORTEST_KEY} characters")
    return key


def webhook_secret_bytes(secret: str) -> bytes:
    """The key inside a `whsec_…` secret (Standard Webhooks); ValueError when it is not one of 24 to 64 bytes."""
    try:
        decoded = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        decoded = b""
    # An empty or short secret can be guessed, and then anybody can sign.
    if not secret.startswith("whsec_") or not 24 <= len(decoded) <= 64:
        raise ValueError("must be whsec_ followed by base64 of 24 to 64 bytes")
    return decoded


def _one_secret(secret: SecretStr) -> SecretStr:
    webhook_secret_bytes(secret.get_secret_value())
    return secret


def _secret_list(secrets: SecretStr) -> SecretStr:
    values = secrets.get_secret_value().split()
    if not values:
        raise ValueError("must name at least one secret")
    for value in values:
        webhook_secret_bytes(value)
    return secrets


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("must be a time zone such as Asia/Jakarta")
    return name


def _http_url(text: str) -> str:
    return str(_URLS.validate_python(text)).rstrip("/")


def _without_path(url: str) -> str:
    parts = urlsplit(url)
    if parts.path or parts.query or parts.fragment or parts.username is not None:
        raise ValueError("must be http(s)://host[:port] without a path")
    return url


def _from_json(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return from_json(value)
    except ValueError as error:
        raise ValueError("must be JSON") from error


Key = Annotated[SecretStr, AfterValidator(_strong_key)]
Url = Annotated[str, AfterValidator(_http_url)]
"""An absolute http or https address, without a slash at its end."""
Origin = Annotated[str, AfterValidator(_http_url), AfterValidator(_without_path)]
"""`http(s)://host[:port]` and nothing more: an S3 signature covers the path, so a store cannot live under one."""
Seconds = Annotated[float, Field(gt=0, le=7 * 24 * 3600, allow_inf_nan=False)]


class ServiceKey(BaseModel):
    """A caller's key and what it may do; the scope `*` is every scope."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: Key
    scopes: frozenset[str]


class DatabaseSettings(BaseSettings):
    """What a migration needs, and no more."""

    model_config = SettingsConfigDict(frozen=True)

    database_url: PostgresDsn
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, level: object) -> object:
        return level.upper() if isinstance(level, str) else level

    def database_url_for(self, driver: Literal["asyncpg", "psycopg2"]) -> str:
        """`DATABASE_URL` as SQLAlchemy writes it for one of its drivers."""
        _, _, rest = str(self.database_url).partition("://")
        return f"postgresql+{driver}://{rest}"

    def database_dsn(self) -> str:
        """`DATABASE_URL` as asyncpg itself reads it."""
        _, _, rest = str(self.database_url).partition("://")
        return f"postgresql://{rest}"


class Settings(DatabaseSettings):
    """Settings of the HTTP process and of the worker."""

    host: str = "127.0.0.1"
    port: int = Field(default=8001, ge=0, le=65535)
    database_pool_size: int = Field(default=16, ge=2, le=200)

    api_keys: Annotated[dict[str, ServiceKey], NoDecode, BeforeValidator(_from_json), Field(min_length=1)]
    payment_url: Url
    payment_api_key: Key
    organizer_api_key: Key
    ticket_webhook_secret: Annotated[SecretStr, AfterValidator(_secret_list)]
    client_webhook_url: Url
    client_webhook_secret: Annotated[SecretStr, AfterValidator(_one_secret)]

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
    promotion_attempts: int = Field(default=10, ge=1, le=1000)
    ticket_link_seconds: int = Field(default=300, ge=1, le=7 * 24 * 3600)
    document_time_zone: Annotated[str, AfterValidator(_known_zone)] = "Asia/Jakarta"
    sweep_seconds: Seconds = 10
    holding_grace_seconds: Seconds = 60

    simulation_controls: bool = False
    crash_point_file: Path | None = None
    heartbeat_file: Path | None = Field(default=None, description="the worker touches it, for container health checks")

    @field_validator("crash_point_file", "heartbeat_file", mode="before")
    @classmethod
    def _empty_is_off(cls, value: object) -> object:
        return value or None

    @model_validator(mode="after")
    def _crash_points_only_in_simulations(self) -> Settings:
        if self.crash_point_file and not self.simulation_controls:
            raise ValueError("CRASH_POINT_FILE needs SIMULATION_CONTROLS=true")
        return self


SomeSettings = TypeVar("SomeSettings", bound=DatabaseSettings)


def _refuse(error: ValidationError) -> NoReturn:
    # One sentence for the first thing that is wrong; never the value, which may be a secret.
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    variable = str(first["loc"][0]).upper() if first["loc"] else ""
    reason = "is missing" if first["type"] == "missing" else f"is not usable: {first['msg']}"
    text = f"{variable} {reason}".strip() if variable else first["msg"].removeprefix("Value error, ")
    print(f"The ticket service cannot start: {text.replace('Value error, ', '')}.", file=sys.stderr)
    raise SystemExit(2)


def load(kind: type[SomeSettings]) -> SomeSettings:
    """Settings of one kind from the environment; prints one sentence and exits with 2 when one is missing or weak."""
    try:
        return kind()
    except ValidationError as error:
        _refuse(error)


def load_settings() -> Settings:
    """All settings from the environment; prints one sentence and exits with 2 when one is missing or weak."""
    return load(Settings)
