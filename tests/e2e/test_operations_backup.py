"""Backup, loss of everything, restore; and new keys: by the commands of the operations guide, on a stack of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from minio import Minio

from tests.operations.commands import run
from tests.support.client_api import Booking, ClientApi
from tests.support.environment import Environment
from tests.support.stack import RunningStack, attach, running_stack
from tests.support.world import World

# A stack is started twice or its services are restarted several times, which takes minutes.
pytestmark = [pytest.mark.timeout(900), pytest.mark.long]


@pytest.fixture
def own_stack() -> Iterator[RunningStack]:
    with running_stack() as started:
        yield started


def bucket(environment: Environment) -> Minio:
    host = environment.s3_endpoint.removeprefix("http://")
    return Minio(host, access_key=environment.s3_access_key, secret_key=environment.s3_secret_key, secure=False)


def destroy(stack: RunningStack) -> None:
    """Every table, every PDF and every hold of the organizers."""
    environment = stack.environment
    for url in (environment.client_database_url, environment.ticket_database_url, environment.payment_database_url):
        with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE")
    store = bucket(environment)
    for found in store.list_objects(environment.s3_bucket, recursive=True):
        assert found.object_name
        store.remove_object(environment.s3_bucket, found.object_name)
    for file in stack.home.glob("organizer.sqlite3*"):
        file.unlink()


def the_story(world: World, buyer: ClientApi, bookings: list[Booking]) -> list[tuple[str, str]]:
    return [(booking.id, buyer.booking(booking.id).status) for booking in bookings]


def test_what_was_backed_up_is_there_after_everything_was_lost(own_stack: RunningStack) -> None:
    world = World(own_stack)
    world.calm()
    buyer = world.buyer()
    paid, unpaid = world.book_and_pay(buyer, 0), world.book(buyer, 1)
    document = world.document_text(buyer, paid.id)
    before = own_stack.check()

    run(own_stack.home, "pause", "back up", "go on")
    own_stack.await_ready()
    lost = world.book(buyer, 2)
    run(own_stack.home, "pause")
    destroy(own_stack)
    run(own_stack.home, "pause", "restore", "go on")
    own_stack.await_ready()

    assert the_story(world, buyer, [paid, unpaid]) == [(paid.id, "BOOKED"), (unpaid.id, "AWAITING_PAYMENT")]
    assert world.document_text(buyer, paid.id) == document
    after = own_stack.check()
    assert after.bookings.keys() == before.bookings.keys()
    assert lost.id not in after.bookings
    world.pay(unpaid)
    world.await_status(buyer, unpaid.id, "BOOKED")
    own_stack.check()
    world.close()


def test_new_keys_and_secrets_are_used_by_all_after_a_restart(own_stack: RunningStack) -> None:
    world = World(own_stack)
    world.calm()
    buyer = world.buyer()
    unpaid = world.book(buyer, 0)
    old = secrets_of(own_stack.home)

    run(own_stack.home, "rotate")

    new = secrets_of(own_stack.home)
    assert {name for name in old if old[name] != new[name]} >= {"ticket_webhook_secret", "client_to_ticket_key"}
    assert old["postgres_password"] == new["postgres_password"]
    restarted = World(attach(own_stack.home, {"PATH": "/usr/bin:/bin"}))
    restarted.calm()
    restarted.pay(unpaid)
    restarted.await_status(buyer, unpaid.id, "BOOKED")
    restarted.stack.check()
    restarted.close()
    world.close()


def secrets_of(home: Path) -> dict[str, str]:
    found = json.loads((home / "secrets.json").read_text())
    assert isinstance(found, dict)
    return found
