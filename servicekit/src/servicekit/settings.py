"""The settings that every service has; they are read from the environment once and checked before the start."""

from __future__ import annotations

import base64
import binascii
import sys
from pathlib import Path
from typing import Annotated, Literal, NoReturn, TypeVar

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
UNREACHABLE, WRONG_SETTING = 1, 2
"""The exit statuses of a process that cannot start."""
_URLS = TypeAdapter(AnyHttpUrl)


def _strong_key(key: SecretStr) -> SecretStr:
    if len(key.get_secret_value()) < SHORTEST_KEY:
        raise ValueError(f"must be a key of at least {SHORTEST_KEY} characters")
    return key


def _key_list(keys: SecretStr) -> SecretStr:
    values = keys.get_secret_value().split()
    if not values:
        raise ValueError("must name at least one key")
    for value in values:
        _strong_key(SecretStr(value))
    return keys


def _require_webhook_secret(secret: str) -> None:
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        key = b""
    # An empty or short secret can be guessed, and then anybody can sign.
    if not secret.startswith("whsec_") or not 24 <= len(key) <= 64:
        raise ValueError("must be whsec_ followed by base64 of 24 to 64 bytes")


def _one_secret(secret: SecretStr) -> SecretStr:
    _require_webhook_secret(secret.get_secret_value())
    return secret


def _secret_list(secrets: SecretStr) -> SecretStr:
    values = secrets.get_secret_value().split()
    if not values:
        raise ValueError("must name at least one secret")
    for value in values:
        _require_webhook_secret(value)
    return secrets


def _http_url(text: str) -> str:
    return str(_URLS.validate_python(text)).rstrip("/")


def _from_json(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return from_json(value)
    except ValueError as error:
        raise ValueError("must be JSON") from error


Key = Annotated[SecretStr, AfterValidator(_strong_key)]
"""A service key of at least `SHORTEST_KEY` characters."""
Keys = Annotated[SecretStr, AfterValidator(_key_list)]
"""One or more service keys, separated by spaces; a receiver accepts all while its callers change theirs."""
WebhookSecret = Annotated[SecretStr, AfterValidator(_one_secret)]
"""A secret `whsec_…` that signs webhooks (Standard Webhooks)."""
WebhookSecrets = Annotated[SecretStr, AfterValidator(_secret_list)]
"""One or more secrets `whsec_…`, separated by spaces; a receiver accepts all while its sender changes the secret."""
Url = Annotated[str, AfterValidator(_http_url)]
"""An absolute http or https URL without a trailing slash."""
Seconds = Annotated[float, Field(gt=0, le=7 * 24 * 3600, allow_inf_nan=False)]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


class ServiceKey(BaseModel):
    """A caller's key and its scopes; the scope `*` means every scope."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: Key
    scopes: frozenset[str]


class DatabaseSettings(BaseSettings):
    """The settings of a migration."""

    model_config = SettingsConfigDict(frozen=True)

    database_url: PostgresDsn

    def database_url_for(self, driver: Literal["asyncpg", "psycopg2"]) -> str:
        """Returns `DATABASE_URL` in SQLAlchemy's form for one of its drivers."""
        return f"postgresql+{driver}://{str(self.database_url).partition('://')[2]}"

    def database_dsn(self) -> str:
        """Returns `DATABASE_URL` in the form that asyncpg reads."""
        return f"postgresql://{str(self.database_url).partition('://')[2]}"

    def database_address(self) -> str:
        """Returns host and port for messages; the rest of the URL contains the password."""
        host = self.database_url.hosts()[0]
        return f"{host['host']}:{host['port'] or 5432}"


class ConnectionSettings(BaseSettings):
    """How many connections an HTTP process has, and how long each may take for each thing that it does."""

    connections: int = Field(default=2000, ge=1)
    connections_per_address: int = Field(default=1000, ge=1)
    """More than another service opens at once from one address; behind a proxy, which is one address, all of them."""
    header_seconds: Seconds = 10
    body_seconds: Seconds = 10
    idle_seconds: Seconds = 25
    """How long a connection is kept between two requests; longer than the callers keep theirs."""
    response_seconds: Seconds = 30
    """From the end of a request until its response was read."""


class ServiceSettings(DatabaseSettings, ConnectionSettings):
    """The settings of every service's HTTP process and worker. A service adds its own settings and defaults."""

    host: str = "127.0.0.1"
    log_level: LogLevel = "INFO"
    database_pool_size: int = Field(default=10, ge=2, le=200)
    api_keys: Annotated[dict[str, ServiceKey], NoDecode, BeforeValidator(_from_json), Field(min_length=1)]
    sweep_seconds: Seconds = 10
    simulation_controls: bool = False
    allow_private_addresses: bool = False
    """Whether addresses that others give may lie in the network that the service stands in."""
    crash_point_file: Path | None = None
    heartbeat_file: Path | None = Field(default=None, description="the worker touches it, for container health checks")

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, level: object) -> object:
        return level.upper() if isinstance(level, str) else level

    @field_validator("crash_point_file", "heartbeat_file", mode="before")
    @classmethod
    def _empty_is_off(cls, value: object) -> object:
        return value or None

    @model_validator(mode="after")
    def _crash_points_only_in_simulations(self) -> ServiceSettings:
        if self.crash_point_file and not self.simulation_controls:
            raise ValueError("CRASH_POINT_FILE needs SIMULATION_CONTROLS=true")
        return self

    def secrets(self) -> dict[str, list[str]]:
        """Returns every secret, keyed by the environment variable that holds it; a service adds its own."""
        return {
            "DATABASE_URL": [host["password"] or "" for host in self.database_url.hosts()],
            "API_KEYS": [key.key.get_secret_value() for key in self.api_keys.values()],
        }


SomeSettings = TypeVar("SomeSettings", bound=DatabaseSettings)


def load(kind: type[SomeSettings], service: str) -> SomeSettings:
    """Loads settings from the environment; if one is missing or weak, prints one sentence and ends the process."""
    try:
        return kind()
    except ValidationError as error:
        refuse_to_start(service, _first_problem(error), WRONG_SETTING)


def _first_problem(error: ValidationError) -> str:
    # Leaves out the value, which may be a secret.
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    message = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:
        return message
    reason = "is missing" if first["type"] == "missing" else f"is not usable: {message}"
    return f"{str(first['loc'][0]).upper()} {reason}"


def refuse_to_start(service: str, reason: str, status: int) -> NoReturn:
    """Prints in one sentence why `service` cannot start, and ends the process with `status`."""
    print(f"The {service} service cannot start: {reason}.", file=sys.stderr)
    raise SystemExit(status)
