"""Every setting of the payment service, read from the environment once and checked before anything starts."""

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

_URLS = TypeAdapter(AnyHttpUrl)
SHORTEST_KEY = 24


def _strong_key(key: SecretStr) -> SecretStr:
    if len(key.get_secret_value()) < SHORTEST_KEY:
        raise ValueError(f"must be a key of at least {SHORTEST_KEY} characters")
    return key


def _webhook_secret(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    try:
        key = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        key = b""
    # With an empty or short key anybody could sign.
    if not text.startswith("whsec_") or not 24 <= len(key) <= 64:
        raise ValueError("must be whsec_ followed by base64 of 24 to 64 bytes")
    return secret


def _http_url(text: str) -> str:
    return str(_URLS.validate_python(text)).rstrip("/")


def _from_json(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return from_json(value)
    except ValueError as error:
        raise ValueError("must be JSON") from error


Url = Annotated[str, AfterValidator(_http_url)]
Seconds = Annotated[float, Field(ge=0, le=7 * 24 * 3600, allow_inf_nan=False)]


class ServiceKey(BaseModel):
    """A caller's key and what it may do; the scope `*` is every scope."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: Annotated[SecretStr, AfterValidator(_strong_key)]
    scopes: frozenset[str]


class DatabaseSettings(BaseSettings):
    """What a migration needs, and no more."""

    model_config = SettingsConfigDict(frozen=True)

    database_url: PostgresDsn

    def database_url_for(self, driver: Literal["asyncpg", "psycopg2"]) -> str:
        """`DATABASE_URL` as SQLAlchemy writes it for one of its drivers."""
        return f"postgresql+{driver}://{str(self.database_url).partition('://')[2]}"

    def database_address(self) -> str:
        """Host, port and name of the database, for people."""
        host = self.database_url.hosts()[0]
        return f"{host['host']}:{host['port'] or 5432}{self.database_url.path or ''}"

    def database_dsn(self) -> str:
        """`DATABASE_URL` as asyncpg itself reads it."""
        return f"postgresql://{str(self.database_url).partition('://')[2]}"


class Settings(DatabaseSettings):
    """Settings of the HTTP process and of the worker."""

    host: str = "127.0.0.1"
    port: int = Field(default=8002, ge=0, le=65535)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    database_pool_size: int = Field(default=10, ge=2, le=200)
    api_keys: Annotated[dict[str, ServiceKey], NoDecode, BeforeValidator(_from_json), Field(min_length=1)]
    public_url: Url
    webhook_url: Url
    webhook_secret: Annotated[SecretStr, AfterValidator(_webhook_secret)]
    payment_failure_rate: float = Field(default=0.1, ge=0, le=1, allow_inf_nan=False)
    payment_processing_seconds: Seconds = 2
    payment_seed: int | None = Field(default=None, ge=0, lt=2**63)
    simulation_controls: bool = False
    sweep_seconds: Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)] = 10
    crash_point_file: Path | None = None
    heartbeat_file: Path | None = None

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, level: object) -> object:
        return level.upper() if isinstance(level, str) else level

    @field_validator("crash_point_file", "heartbeat_file", "payment_seed", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return None if value == "" else value

    def public_keys(self) -> list[str]:
        """The variables whose key, password or secret stands in public examples: it begins with `demo-`."""
        secrets = {
            "API_KEYS": [entry.key.get_secret_value().encode() for entry in self.api_keys.values()],
            "DATABASE_URL": [(host["password"] or "").encode() for host in self.database_url.hosts()],
            "WEBHOOK_SECRET": [base64.b64decode(self.webhook_secret.get_secret_value().removeprefix("whsec_"))],
        }
        return [name for name, values in secrets.items() if any(value.startswith(b"demo-") for value in values)]

    @model_validator(mode="after")
    def _crash_points_only_in_simulations(self) -> Settings:
        if self.crash_point_file and not self.simulation_controls:
            raise ValueError("CRASH_POINT_FILE needs SIMULATION_CONTROLS=true")
        return self


SomeSettings = TypeVar("SomeSettings", bound=DatabaseSettings)


def _refuse(error: ValidationError) -> NoReturn:
    # One sentence for the first thing that is wrong; never the value, which may be a secret.
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    message = first["msg"].removeprefix("Value error, ")
    if first["loc"]:
        reason = "is missing" if first["type"] == "missing" else f"is not usable: {message}"
        message = f"{str(first['loc'][0]).upper()} {reason}"
    refuse_to_start(message, 2)


def refuse_to_start(reason: str, status: int) -> NoReturn:
    """Say why in one sentence, and end the process with `status`."""
    print(f"The payment service cannot start: {reason}.", file=sys.stderr)
    raise SystemExit(status)


def load(kind: type[SomeSettings]) -> SomeSettings:
    """Settings of one kind from the environment; prints one sentence and exits with 2 when one is missing or weak."""
    try:
        return kind()
    except ValidationError as error:
        _refuse(error)


def load_settings() -> Settings:
    """All settings from the environment; prints one sentence and exits with 2 when one is missing or weak."""
    return load(Settings)
