"""Addresses, keys and database URLs of one stack, for `./dev env` and for the services."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from devstack.failures import StackFailure
from devstack.home import Home
from devstack.ports import HOST, Ports
from devstack.secrets_file import Secrets, load_or_make

DATABASES = ("client", "ticket", "payment")
BUCKET = "tickets"
REGION = "us-east-1"
"""Set explicitly, because an SDK would otherwise ask the server for the region, and rclone answers differently."""

WITHOUT_FRONTEND = "WITHOUT_FRONTEND"

DEMO_EMAIL = "demo@example.com"
DEMO_PASSWORD = "demo-buyer-password"  # noqa: S105 - documented, the same on every machine
STAFF_EMAIL = "staff@example.com"
STAFF_PASSWORD = "demo-staff-password"  # noqa: S105 - documented, the same on every machine


@dataclass(frozen=True)
class ObjectStoreAccess:
    """The address and the keys of an S3 server."""

    endpoint: str
    public_endpoint: str
    bucket: str
    access_key: str
    secret_key: str
    region: str
    ours: bool
    """Whether this stack starts the S3 server itself."""


@dataclass(frozen=True)
class StackEnvironment:
    """Everything about a stack that follows from its home, its port offset and the environment of its start."""

    home: Home
    ports: Ports
    secrets: Secrets
    database_urls: Mapping[str, str]
    runs_postgres: bool
    object_store: ObjectStoreAccess
    given: Mapping[str, str]
    """The environment in which the stack was started."""

    def database_passwords(self) -> dict[str, str]:
        """Returns the password of each service's role."""
        return _database_passwords(self.secrets)

    def runs_frontend(self) -> bool:
        """Whether the stack has a dashboard, which takes its share of time and memory even if nobody looks at it."""
        return self.given.get(WITHOUT_FRONTEND, "").strip().lower() != "true"

    def is_given_a_database(self) -> bool:
        """Whether the environment of the start names a database to use instead of one of the stack's own."""
        return any(self.given.get(f"{name.upper()}_DATABASE_URL", "").strip() for name in DATABASES)

    def lines(self) -> dict[str, str]:
        """Returns the `KEY=VALUE` pairs of `./dev env`, those for people first, then those of checkers."""
        store = self.object_store
        return {
            "CLIENT_URL": self.ports.url("client"),
            "TICKET_URL": self.ports.url("ticket"),
            "PAYMENT_URL": self.ports.url("payment"),
            "ORGANIZER_URL": self.ports.url("organizer"),
            "FRONTEND_URL": self.ports.url("frontend"),
            "S3_URL": store.public_endpoint,
            "TICKET_API_KEY": self.secrets.ticket_operator_key,
            "PAYMENT_API_KEY": self.secrets.payment_operator_key,
            "ORGANIZER_API_KEY": self.secrets.organizer_key,
            "TICKET_WEBHOOK_SECRET": self.secrets.ticket_webhook_secret,
            "CLIENT_WEBHOOK_SECRET": self.secrets.client_webhook_secret,
            "VIEWER_ADDRESS_SECRET": self.secrets.viewer_address_secret,
            "DEMO_EMAIL": DEMO_EMAIL,
            "DEMO_PASSWORD": DEMO_PASSWORD,
            "STAFF_EMAIL": STAFF_EMAIL,
            "STAFF_PASSWORD": STAFF_PASSWORD,
            **{f"{name.upper()}_DATABASE_URL": self.database_urls[name] for name in DATABASES},
            "S3_ENDPOINT": store.endpoint,
            "S3_REGION": store.region,
            "S3_BUCKET": store.bucket,
            "S3_ACCESS_KEY": store.access_key,
            "S3_SECRET_KEY": store.secret_key,
            "TICKETING_HOME": str(self.home.path),
            "PORT_OFFSET": str(self.ports.offset),
        }


def describe(home: Home, given: Mapping[str, str]) -> StackEnvironment:
    """Returns the stack that `./dev up` would start in the environment `given`."""
    ports = Ports.from_environment(given)
    secrets = load_or_make(home.secrets)
    overrides = {name: given.get(f"{name.upper()}_DATABASE_URL", "").strip() for name in DATABASES}
    passwords = _database_passwords(secrets)
    return StackEnvironment(
        home=home,
        ports=ports,
        secrets=secrets,
        database_urls={
            name: overrides[name]
            or f"postgresql://{name}:{quote(passwords[name])}@{HOST}:{ports.of('postgres')}/{name}"
            for name in DATABASES
        },
        runs_postgres=not all(overrides.values()),
        object_store=_object_store(ports, secrets, given),
        given=dict(given),
    )


def _object_store(ports: Ports, secrets: Secrets, given: Mapping[str, str]) -> ObjectStoreAccess:
    endpoint = _s3_address("S3_ENDPOINT", given)
    bucket = given.get("S3_BUCKET", "").strip() or BUCKET
    region = given.get("S3_REGION", "").strip() or REGION
    if not endpoint:
        own = ports.url("s3")
        return ObjectStoreAccess(own, own, bucket, secrets.s3_access_key, secrets.s3_secret_key, REGION, ours=True)
    missing = [name for name in ("S3_ACCESS_KEY", "S3_SECRET_KEY") if not given.get(name)]
    if missing:
        raise StackFailure(f"S3_ENDPOINT is given without {' and '.join(missing)}.")
    public = _s3_address("S3_PUBLIC_ENDPOINT", given) or endpoint
    keys = given["S3_ACCESS_KEY"], given["S3_SECRET_KEY"]
    return ObjectStoreAccess(endpoint, public, bucket, *keys, region, ours=False)


def _s3_address(variable: str, given: Mapping[str, str]) -> str:
    """Returns the address without a trailing slash; an empty text if none is given."""
    text = given.get(variable, "").strip().rstrip("/")
    try:
        parts = urlsplit(text)
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_usable = False
    if text and not is_usable:
        raise StackFailure(f"{variable} must be an address such as http://127.0.0.1:9000, not {text!r}.")
    if text and (parts.path or parts.query or parts.fragment or parts.username):
        raise StackFailure(
            f"{variable} must be an address without a path, not {text!r}: an S3 signature covers the path, "
            "so a store cannot live under one."
        )
    return text


def _database_passwords(secrets: Secrets) -> dict[str, str]:
    return {
        "client": secrets.client_database_password,
        "ticket": secrets.ticket_database_password,
        "payment": secrets.payment_database_password,
    }
