"""The message that the platform in containers is ready, with its addresses and logins."""

from collections.abc import Iterable, Iterator

import httpx
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from seeding.tls import trusted_authorities

PUBLIC = "demo-"
"""The beginning of every key and password in docker-compose.yml, which are public."""
ANSWER_SECONDS = 5
WIDTH = 22


class Watch(BaseModel):
    """The watched services with their internal URLs, and the ports under which `address` publishes them."""

    model_config = ConfigDict(frozen=True)

    watched: str = Field(min_length=1)
    heartbeat_file: str = Field(min_length=1)
    look_every_seconds: float = Field(default=10, gt=0)
    address: str = "127.0.0.1"
    client_port: int
    ticket_port: int
    payment_port: int
    organizer_port: int
    frontend_port: int
    s3_console_port: int
    mail_port: int
    staff_email: str
    staff_password: SecretStr
    demo_email: str
    demo_password: SecretStr
    minio_root_user: str
    minio_root_password: SecretStr

    def url(self, port: int, path: str = "") -> str:
        """Returns the URL of `port` for a browser on this machine."""
        host = "localhost" if self.address in {"127.0.0.1", "0.0.0.0"} else self.address  # noqa: S104 - only compared
        return f"http://{host}:{port}{path}"


def unready(urls: Iterable[str]) -> list[str]:
    """Returns the services that are not ready."""
    return [url for url in urls if not _is_ready(url)]


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(url, timeout=ANSWER_SECONDS, verify=trusted_authorities()).is_success
    except httpx.HTTPError:
        return False


def message(watch: Watch) -> str:
    """Returns the addresses and logins, one per line."""
    rows = "\n".join(f"  {name:{WIDTH}}{value}" for name, value in _rows(watch))
    return f"The ticketing platform is ready.\n{rows}{_warning(watch)}"


def _rows(watch: Watch) -> Iterator[tuple[str, str]]:
    yield "Dashboard", watch.url(watch.frontend_port)
    yield "  buyer", _login(watch.demo_email, watch.demo_password)
    yield "  staff", _login(watch.staff_email, watch.staff_password)
    yield "Client API", watch.url(watch.client_port, "/docs")
    yield "Django admin (staff)", watch.url(watch.client_port, "/admin/")
    yield "Ticket API", watch.url(watch.ticket_port, "/docs")
    yield "Payment API", watch.url(watch.payment_port, "/docs")
    yield "Organizer simulator", watch.url(watch.organizer_port, "/docs")
    yield "Mail (Mailpit)", watch.url(watch.mail_port)
    yield "PDFs (MinIO console)", watch.url(watch.s3_console_port)
    yield "  login", _login(watch.minio_root_user, watch.minio_root_password)


def _login(name: str, password: SecretStr) -> str:
    """Returns a login; shows its password only if it is public, since the text is written to a log."""
    secret = password.get_secret_value()
    return f"{name} / {secret}" if secret.startswith(PUBLIC) else f"{name} / (in .env)"


def _warning(watch: Watch) -> str:
    passwords = (watch.staff_password, watch.demo_password, watch.minio_root_password)
    if not any(password.get_secret_value().startswith(PUBLIC) for password in passwords):
        return ""
    return "\nThese passwords and the keys of the services are public: `./dev compose-env` writes random ones to .env."
