"""Reads a snapshot from a running stack: databases first, then what they are compared with."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import psycopg2
import urllib3
from minio.error import MinioException

from tests.support.environment import Environment
from tests.support.reading import bucket, client, organizers, payment, ticket
from tests.support.snapshot import Snapshot

UNAVAILABLE = (
    httpx.TransportError,
    httpx.HTTPStatusError,
    organizers.UnreadableListError,
    psycopg2.OperationalError,
    urllib3.exceptions.HTTPError,
    MinioException,
)
"""What reading raises while a part of the stack is down or answers with something else than was asked for."""


def read_snapshot(environment: Environment) -> Snapshot:
    """Everything that the rules look at; raises one of `UNAVAILABLE` while a part is down."""
    snapshot = Snapshot(now=datetime.now(UTC))
    client.read_into(snapshot, environment.client_database_url)
    payment.read_into(snapshot, environment.payment_database_url)
    organizer_urls = ticket.read_into(snapshot, environment.ticket_database_url)
    reachable = {slug: environment.from_here(url) for slug, url in organizer_urls.items()}
    organizers.read_into(snapshot, reachable, environment.organizer_api_key)
    bucket.read_into(snapshot, environment)
    return snapshot
