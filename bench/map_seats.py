"""A hall of one event in the database of a running stack, with seats in every state, and who asks for it.

It is taken away afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg2

from tests.support.environment import Environment

SECTION_SEATS, ROW_SEATS = 2500, 50
PLACES = ("ticket", "client")
COUNTED = ("client", "ticket", "postgres")
STALE_SECONDS = 1.1
"""Longer than ticket and client keep what they have made of the seats."""
SECONDS = 30
"""How long a caller waits for an answer."""
ORGANIZER = """
INSERT INTO organizers (id, slug, name, base_url)
VALUES (%(organizer)s, 'bench-map', 'Bench', 'http://127.0.0.1:9/bench')
"""
EVENT = """
INSERT INTO events (id, organizer_id, name, venue, starts_at, sales_open_at, sales_close_at, currency)
VALUES (%(event)s, %(organizer)s, 'Bench', 'Bench', now() + interval '60 days', now() - interval '1 day',
        now() + interval '59 days', 'IDR')
"""
SEATS = f"""
INSERT INTO seats (id, event_id, section, row, number, price, status, booking_id)
SELECT gen_random_uuid(), %(event)s, 'Block ' || k / {SECTION_SEATS}, 'R' || k / {ROW_SEATS} %% 50,
       k %% {ROW_SEATS} + 1, 100000 + 5000 * (k / {SECTION_SEATS}), status,
       CASE WHEN status <> 'OPEN' THEN gen_random_uuid() END
FROM (SELECT k, (ARRAY['OPEN', 'ON_GOING', 'BOOKED'])[1 + floor(3 * random())::int] AS status
      FROM generate_series(0, %(count)s - 1) k) AS drawn
"""
CHANGE = """
UPDATE seats SET price = price + 1, version = version + 1
WHERE id = (SELECT id FROM seats WHERE event_id = %s LIMIT 1)
"""


def asked_at(environment: Environment, place: str) -> tuple[HTTPConnection, dict[str, str]]:
    """Returns a connection to one of the `PLACES`, and the headers of each request there."""
    is_ticket = place == "ticket"
    address = urlsplit(environment.ticket_url if is_ticket else environment.client_url)
    headers = {"authorization": f"Bearer {environment.ticket_api_key}"} if is_ticket else {}
    return HTTPConnection(address.hostname or "", address.port, timeout=SECONDS), headers


class Hall:
    """An event with many seats."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.event_id = str(uuid4())

    def change(self) -> None:
        """Changes a seat, so that the map has other content."""
        self._run((CHANGE, (self.event_id,)))

    @contextmanager
    def built(self, seats: int) -> Iterator[Hall]:
        """Has `seats` seats during the block, with states that were drawn at random."""
        values: dict[str, object] = {"organizer": str(uuid4()), "event": self.event_id, "count": seats}
        self._run((ORGANIZER, values), (EVENT, values), (SEATS, values), ("VACUUM ANALYZE seats", None))
        try:
            yield self
        finally:
            # The seats have no bookings, which the rules of the platform would find.
            self._run(
                ("DELETE FROM events WHERE id = %(event)s", values),
                ("DELETE FROM organizers WHERE id = %(organizer)s", values),
            )

    def _run(self, *statements: tuple[str, dict[str, object] | tuple[object, ...] | None]) -> None:
        with closing(psycopg2.connect(self._url)) as connection, connection.cursor() as cursor:
            connection.autocommit = True
            for statement, values in statements:
                cursor.execute(statement, values)
