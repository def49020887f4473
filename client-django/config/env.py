"""Reads the environment of the service, in one place (contracts/README.md, processes and environment)."""

import base64
import binascii
import re
import sys
from functools import cache
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, PositiveFloat, PositiveInt, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from servicekit.times import TimeZone

from config.database import WRONG_SETTING, connection_parameters

PUBLIC = b"demo-"
RATE = re.compile(r"^[1-9]\d*/(s|sec|m|min|h|hour|d|day)$")


def _strong_secret_key(value: str) -> str:
    if len(value) < 50:
        raise ValueError("must be at least 50 characters long")
    if len(set(value)) < 8:
        raise ValueError("is too easy to guess: it repeats a few characters")
    return value


def _strong_api_key(value: str) -> str:
    if len(value) < 24:
        raise ValueError("must be at least 24 characters long")
    return value


def _webhook_secrets(value: str) -> str:
    secrets = value.split()
    if not secrets:
        raise ValueError("must hold at least one secret of the form whsec_<base64>")
    for secret in secrets:
        if not 24 <= len(_webhook_key(secret)) <= 64:
            raise ValueError("must hold between 24 and 64 bytes of key")
    return value


def _webhook_key(secret: str) -> bytes:
    if not secret.startswith("whsec_"):
        raise ValueError("must be whsec_ followed by base64")
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error as error:
        raise ValueError("must be whsec_ followed by base64") from error


def _postgres_url(value: str) -> str:
    connection_parameters(value)
    return value


def _http_url(value: str) -> str:
    url = urlsplit(value)
    try:
        usable = url.scheme in {"http", "https"} and bool(url.hostname) and url.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("must be an http:// or https:// address")
    return value.rstrip("/")


def _short_address(value: str) -> str:
    # Ticket accepts return addresses of 500 characters, and this address gets a path and a booking's id.
    if len(value) > 400:
        raise ValueError("must have at most 400 characters")
    return value


def _rate(value: str) -> str:
    if not RATE.match(value):
        raise ValueError("must be a number per period, such as 10/min")
    return value


def _mail_sender(value: str) -> str:
    if "\n" in value or "\r" in value:
        raise ValueError("must be one line")
    return value


HttpAddress = Annotated[str, AfterValidator(_http_url)]
Rate = Annotated[str, AfterValidator(_rate)]


class Environment(BaseSettings):
    """All settings of the service. Durations are in seconds."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", hide_input_in_errors=True)

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    database_url: Annotated[str, AfterValidator(_postgres_url)]
    secret_key: Annotated[str, AfterValidator(_strong_secret_key)]
    allowed_hosts: str = "127.0.0.1,localhost,[::1]"
    """Comma-separated; `*` allows every name."""
    trusted_proxies: int = Field(default=0, ge=0)
    """How many reverse proxies write X-Forwarded-For; with 0, the header is ignored."""

    ticket_url: HttpAddress
    ticket_api_key: Annotated[str, AfterValidator(_strong_api_key)]
    ticket_read_seconds: Annotated[float, Field(gt=0, le=4)] = 4.0
    """How long a call of ticket that only reads may take, from the first byte to the last."""
    ticket_change_seconds: Annotated[float, Field(gt=0, le=9)] = 9.0
    """How long a call of ticket that changes something may take; ticket asks organizer and payment before it answers.
    """
    client_webhook_secret: Annotated[str, AfterValidator(_webhook_secrets)]
    """One or several secrets, separated by spaces. All are accepted, so that secrets can be rotated."""
    viewer_address_secret: Annotated[str, AfterValidator(_webhook_secrets)]
    """With which the dashboard signs the addresses of its viewers; one or several, as above."""
    frontend_url: Annotated[HttpAddress, AfterValidator(_short_address)] = "http://127.0.0.1:8501"

    throttle_auth: Rate = "10/min"
    """Registrations, sign-ins and renewals, for each account and address."""
    throttle_register: Rate = "60/h"
    """New accounts from one address."""
    failed_sign_ins: Rate = "10/min"
    """Wrong passwords for one account from one address."""
    failed_sign_ins_per_address: Rate = "30/min"
    failed_sign_ins_per_account: Rate = "100/h"
    """Wrong passwords for one account from addresses that have not signed in to it before."""
    failed_sign_ins_in_all: Rate = "600/min"
    """Wrong passwords from all addresses that have not signed in to the account before."""
    throttle_booking: Rate = "30/min"
    requested_grace_seconds: PositiveFloat = 60.0
    """How long ticket may not know a REQUESTED booking before the booking fails (docs/booking.md, step 1)."""
    reconcile_seconds: PositiveFloat = 2.0
    """The pause between two rounds of the worker's loops."""

    email_host: str = ""
    email_port: PositiveInt = 25
    email_file_path: str = ""
    document_store_url: str = ""
    """The object store's address for the worker, if the address in presigned links works only for browsers."""
    email_from: Annotated[str, AfterValidator(_mail_sender)] = "Tickets <tickets@localhost>"
    default_time_zone: TimeZone = "Asia/Jakarta"
    """The zone of an event without one: ticket named no zone when the booking was stored."""

    heartbeat_file: Annotated[Path | None, BeforeValidator(lambda value: value or None)] = None
    """The file that the worker touches, for container health checks."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    web_workers: PositiveInt = 2
    """How many processes serve requests. The limits below are those of each process."""
    request_seconds: Annotated[float, Field(ge=2, le=9.8)] = 9.8
    """How long a request may take as a whole: nobody waits longer than 10 seconds for an answer."""
    read_request_seconds: Annotated[float, Field(ge=1, le=4.4)] = 4.4
    """The same for a request of the API that only reads."""
    database_connections: Annotated[int, Field(ge=10)] = 20
    lane_health: PositiveInt = 16
    """How many requests of a lane may be under way at the same time (`client/edge/lanes.py`)."""
    lane_webhooks: PositiveInt = 64
    lane_reads: PositiveInt = 128
    lane_ticket_reads: PositiveInt = 128
    lane_bookings: PositiveInt = 64
    """About what a process can book while a buyer waits three seconds: more would wait longer than their deadline, and
    what is given up has cost as much as what is done. One organizer has at most half of it."""
    lane_staff: PositiveInt = 32
    lane_sign_in: PositiveInt = 32
    connections: PositiveInt = 2000
    connections_per_address: PositiveInt = 500
    """Connections of one address; behind trusted proxies, requests under way for one forwarded address."""
    map_viewers: PositiveInt = 1000
    """How many viewers are sent the changes of seat maps at the same time."""
    map_viewers_per_address: PositiveInt = 200
    header_seconds: PositiveFloat = 10.0
    body_seconds: PositiveFloat = 10.0
    idle_seconds: PositiveFloat = 25.0
    """How long a connection is kept between two requests; longer than the dashboard keeps its own."""
    response_seconds: PositiveFloat = 30.0
    """How long the other side may take to read a response."""

    @property
    def webhook_secrets(self) -> list[str]:
        return self.client_webhook_secret.split()

    @property
    def rates(self) -> list[str]:
        """Returns all rates whose windows are counted in the database."""
        named = ("throttle_", "failed_sign_ins")
        return [value for name, value in self.model_dump().items() if name.startswith(named)]

    @property
    def viewer_address_secrets(self) -> list[str]:
        return self.viewer_address_secret.split()

    @property
    def public_keys(self) -> list[str]:
        """Returns the variables whose keys are public in this repository: they begin with `demo-`."""
        keys = {
            "DATABASE_URL": [connection_parameters(self.database_url)["password"].encode()],
            "SECRET_KEY": [self.secret_key.encode()],
            "TICKET_API_KEY": [self.ticket_api_key.encode()],
            "CLIENT_WEBHOOK_SECRET": [_webhook_key(secret) for secret in self.webhook_secrets],
            "VIEWER_ADDRESS_SECRET": [_webhook_key(secret) for secret in self.viewer_address_secrets],
        }
        return [name for name, values in keys.items() if any(value.startswith(PUBLIC) for value in values)]

    @property
    def hosts(self) -> list[str]:
        return [host.strip() for host in self.allowed_hosts.split(",") if host.strip()]


@cache
def environment() -> Environment:
    """Reads the settings once. Ends the process with one sentence if a setting is missing or unusable."""
    try:
        return Environment()
    except ValidationError as error:
        sys.stderr.write(f"{describe_problems(error)}\n")
        raise SystemExit(WRONG_SETTING) from None


def describe_problems(error: ValidationError) -> str:
    """Returns one sentence that names each unusable variable and shows no value."""
    return "The client service cannot start: " + "; ".join(
        f"{'.'.join(map(str, problem['loc'])).upper()} {_reason(problem['type'], problem['msg'])}"
        for problem in error.errors(include_input=False)
    )


def _reason(kind: str, message: str) -> str:
    if kind == "missing":
        return "is not set"
    return message.removeprefix("Value error, ")
