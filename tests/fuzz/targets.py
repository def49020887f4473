"""Which services are asked, as whom, and for what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

from tests.support.client_api import ClientApi, tokens_of
from tests.support.environment import Environment
from tests.support.world import PASSWORD

OWN_ACCOUNT = "/(auth|users)(/|$)"
ENDLESS = "/seat-map/changes$"
"""What answers as long as its caller listens."""
SIMULATION = "/simulation"


@dataclass(frozen=True)
class Target:
    """A service, a key, what is asked with it, and whether links lead from one of these operations to another."""

    name: str
    url: str
    key: str
    options: tuple[str, ...] = ()
    has_links: bool = True


def targets(environment: Environment) -> Iterator[Target]:
    """Yields the services; last the simulations: what is set for them slows services down, or lets them not answer."""
    url = environment.client_url
    staff = tokens_of(url, environment.staff_email, environment.staff_password)
    # Accounts change and close themselves, so staff's is left alone.
    yield Target("client", url, staff.access, ("--exclude-path-regex", f"{OWN_ACCOUNT}|{ENDLESS}"))
    email = f"fuzz-{uuid4().hex[:12]}@example.com"
    ClientApi.register(url, email=email, password=PASSWORD, name="Fuzz").close()
    yield Target("client", url, tokens_of(url, email, PASSWORD).access, ("--include-path-regex", OWN_ACCOUNT))
    yield Target("ticket", environment.ticket_url, environment.ticket_api_key)
    simulators = (
        ("payment", environment.payment_url, environment.payment_api_key),
        ("organizer", environment.organizer_url, environment.organizer_api_key),
    )
    for simulator in simulators:
        yield Target(*simulator, ("--exclude-path", SIMULATION))
    for simulator in simulators:
        yield Target(*simulator, ("--include-path", SIMULATION), has_links=False)
