"""Where a running stack is found: the lines of `./dev env`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields


@dataclass(frozen=True, slots=True)
class Environment:
    """Addresses, keys and databases of one stack; a field is its variable in lower case."""

    client_url: str
    ticket_url: str
    payment_url: str
    organizer_url: str
    frontend_url: str
    ticket_api_key: str
    payment_api_key: str
    organizer_api_key: str
    ticket_webhook_secret: str
    client_webhook_secret: str
    demo_email: str
    demo_password: str
    staff_email: str
    staff_password: str
    client_database_url: str
    ticket_database_url: str
    payment_database_url: str
    s3_endpoint: str
    s3_bucket: str
    s3_access_key: str
    s3_secret_key: str
    ticketing_home: str
    s3_region: str = "us-east-1"
    organizer_inside_url: str = ""
    """How ticket reaches the simulator, where that is another address than from here: between containers."""

    @property
    def organizer_url_for_ticket(self) -> str:
        return self.organizer_inside_url or self.organizer_url

    def from_here(self, organizer_url: str) -> str:
        """The address under which this process reaches what ticket reaches at `organizer_url`."""
        return organizer_url.replace(self.organizer_url_for_ticket, self.organizer_url, 1)

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> Environment:
        """From `KEY=VALUE` pairs; says which one is missing."""
        needed = [field.name.upper() for field in fields(cls) if field.default is MISSING]
        missing = [variable for variable in needed if variable not in variables]
        if missing:
            raise RuntimeError(f"Not the environment of a stack: {', '.join(missing)} missing; run it through ./dev.")
        given = {field.name: variables.get(field.name.upper()) for field in fields(cls)}
        return cls(**{name: value for name, value in given.items() if value is not None})

    @classmethod
    def of_process(cls) -> Environment:
        """From the environment of this process, as `./dev` sets it for its scripts."""
        return cls.of(os.environ)
