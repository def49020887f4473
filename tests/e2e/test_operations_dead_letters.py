"""Dead letters are sent again by the command of the operations guide."""

from __future__ import annotations

from contextlib import closing

import psycopg2

from tests.operations.commands import run
from tests.support.waiting import until
from tests.support.world import World


def states(url: str, delivery_ids: list[str]) -> set[str]:
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT state FROM webhook_deliveries WHERE id = ANY(%s::uuid[])", (delivery_ids,))
        return {state for (state,) in cursor.fetchall()}


def give_up_newest(url: str) -> str:
    """Marks the newest delivery as given up, as eight refusals would; answers its id."""
    with closing(psycopg2.connect(url)) as connection, connection, connection.cursor() as cursor:
        cursor.execute(
            "UPDATE webhook_deliveries SET state = 'DEAD'"
            " WHERE id = (SELECT id FROM webhook_deliveries ORDER BY created_at DESC LIMIT 1) RETURNING id"
        )
        found = cursor.fetchone()
    assert found is not None
    return str(found[0])


def test_dead_letters_of_both_senders_are_sent_again(world: World) -> None:
    world.book_and_pay(world.buyer())
    world.stack.check()
    environment = world.stack.environment
    urls = (environment.ticket_database_url, environment.payment_database_url)
    dead = [give_up_newest(url) for url in urls]

    printed = run(world.stack.home, "dead letters")

    assert all(f"sent again: {delivery}" in printed for delivery in dead)
    for url in urls:
        until(lambda at=url: states(at, dead), lambda found: found == {"DELIVERED"}, what="delivered again")  # type: ignore[misc]
