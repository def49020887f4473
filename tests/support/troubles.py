"""Troubles of others: each is begun for as long as a block lasts, and bounded in what it sends."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from itertools import count
from threading import Event
from urllib.parse import urlsplit

import httpx
import psycopg2

from devstack.deadlines import stretched
from tests.contracts.files import CONTRACTS, read
from tests.support.client_api import ClientApi, Seat
from tests.support.fault_proxy import Fault
from tests.support.faulty_stack import FaultyStack
from tests.support.http import ProblemError
from tests.support.ticket_api import API
from tests.support.world import World

STRANGER = "stranger"
PAUSE_SECONDS = 0.05
"""Between two requests of one stranger; who is refused at once would otherwise take the whole processor."""
STRANGERS, ACCOUNTS = 40, 8
SEATS = 400
HALF_SENT = 64
HALF_A_REQUEST = b"POST /api/v1/bookings HTTP/1.1\r\nHost: example.com\r\nContent-Le"
STRANGERS_ADDRESS = "127.0.0.2"
"""Where half-sent requests come from: a limit on connections per address must not meet the bystander."""
KILLS_EVERY_SECONDS = 10
"""On a quiet machine: long enough for the worker to start and to work."""
LEAVES_EVERY_SECONDS = 0.5
COPY_ACCOUNT = """
    WITH made AS (SELECT gen_random_uuid() AS id FROM generate_series(1, %(how_many)s))
    INSERT INTO accounts_user
    SELECT (jsonb_populate_record(
        account, jsonb_build_object('id', made.id, 'email', made.id || '@example.com'))).*
    FROM accounts_user AS account, made WHERE account.id = %(id)s
    RETURNING id
"""

FaultyWorld = World[FaultyStack]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that happens to others."""

    name: str
    under_way: Callable[[FaultyWorld], contextlib.AbstractContextManager[None]]
    books_before: bool = False
    """No invoice can be made meanwhile, so a bystander has booked before."""


class Strangers:
    """Buyers of another organizer, who bear every error."""

    def __init__(self, world: FaultyWorld, names: dict[str, str] | None = None, pays: bool = False) -> None:
        key = world.stack.environment.organizer_api_key
        world.ticket.ensure_organizer(STRANGER, f"{world.stack.stranger_url}/{STRANGER}", key)
        self._world = world
        self._pays = pays
        self.event = world.ticket.create_event(STRANGER, **(names or {}))
        self.seats: list[Seat] = world.ticket.create_seats(self.event.id, rows=SEATS // 20, seats_per_row=20)
        self._next = count()
        self._over = Event()

    @contextmanager
    def at_work(self, how_many: int = STRANGERS) -> Iterator[None]:
        """They book, one seat after the other, as long as the block lasts or there are seats."""
        accounts = [self._world.buyer("Stranger Eko") for _ in range(min(ACCOUNTS, how_many))]
        with ThreadPoolExecutor(how_many) as pool:
            running = [pool.submit(self._shop, accounts[number % len(accounts)]) for number in range(how_many)]
            try:
                yield
            finally:
                self._over.set()
                self._world.stack.network.mend()
        for each in running:
            each.result()

    def _shop(self, buyer: ClientApi) -> None:
        while not self._over.wait(PAUSE_SECONDS) and (number := next(self._next)) < len(self.seats):
            with contextlib.suppress(ProblemError, httpx.TransportError):
                booking = buyer.book(self.event.id, [self.seats[number].id])
                if self._pays:
                    self._world.pay(booking)


@contextmanager
def silent_organizer(world: FaultyWorld) -> Iterator[None]:
    """Forty buyers wait for an organizer that takes every request and answers none."""
    strangers = Strangers(world)
    with world.stack.network.ticket_stranger.faulty(Fault.SILENCE), strangers.at_work():
        yield


@contextmanager
def silent_payment(world: FaultyWorld) -> Iterator[None]:
    """Forty buyers wait for an invoice."""
    strangers = Strangers(world)
    with world.stack.network.ticket_payment.faulty(Fault.SILENCE), strangers.at_work():
        yield


@contextmanager
def silent_mail(world: FaultyWorld) -> Iterator[None]:
    """Strangers get bookings whose mails a server takes and never answers for."""
    strangers = Strangers(world, pays=True)
    with world.stack.network.client_mail.faulty(Fault.SILENCE), strangers.at_work(2):
        yield


@contextmanager
def silent_store(world: FaultyWorld) -> Iterator[None]:
    """Strangers get bookings whose documents cannot be stored."""
    strangers = Strangers(world, pays=True)
    with world.stack.network.ticket_s3.faulty(Fault.SILENCE), strangers.at_work(2):
        yield


@contextmanager
def half_sent_requests(world: FaultyWorld) -> Iterator[None]:
    """Somebody opens as many connections to each service as there are threads or more, and sends half a request."""
    environment = world.stack.environment
    services = (environment.client_url, environment.ticket_url, environment.payment_url, environment.organizer_url)
    with ExitStack() as held:
        for url in services:
            address = urlsplit(url)
            for _ in range(HALF_SENT):
                half = held.enter_context(
                    socket.create_connection((address.hostname, address.port or 80), 10, (STRANGERS_ADDRESS, 0))
                )
                with contextlib.suppress(ConnectionError):  # a service may refuse the connection: the better
                    half.sendall(HALF_A_REQUEST)
        yield


def long_line(length: int) -> Callable[[FaultyWorld], contextlib.AbstractContextManager[None]]:
    """So many wait for one seat, and one after the other leaves from its front."""

    @contextmanager
    def under_way(world: FaultyWorld) -> Iterator[None]:
        strangers = Strangers(world)
        seat_id = strangers.seats[0].id
        holder = world.buyer("Stranger Fajar")
        holder.book(strangers.event.id, [seat_id])
        customers = _accounts_like(world.stack, holder.account.id, length)
        with ThreadPoolExecutor(ACCOUNTS) as pool:
            entries = list(pool.map(lambda customer: _join(world, seat_id, customer), customers))
        with _meanwhile(LEAVES_EVERY_SECONDS, lambda number: _leave(world, entries[number])):
            yield

    return under_way


def _accounts_like(stack: FaultyStack, account_id: str, how_many: int) -> list[str]:
    """The ids of so many new accounts: copies of one, since registering thousands would take minutes."""
    with closing(psycopg2.connect(stack.environment.client_database_url)) as connection, connection.cursor() as cursor:
        cursor.execute(COPY_ACCOUNT, {"id": account_id, "how_many": how_many})
        connection.commit()
        return [str(row[0]) for row in cursor.fetchall()]


def _join(world: FaultyWorld, seat_id: str, customer_id: str) -> str:
    customer = {"id": customer_id, "name": "Stranger Fajar", "email": f"{customer_id}@example.com"}
    return str(world.ticket.call("POST", f"{API}/waitlist", json={"seat_id": seat_id, "customer": customer})["id"])


def _leave(world: FaultyWorld, entry_id: str) -> None:
    world.ticket.call("DELETE", f"{API}/waitlist/{entry_id}")


@contextmanager
def poison(world: FaultyWorld) -> Iterator[None]:
    """Strangers buy for an event whose name and venue are as long as is accepted."""
    longest = {field: text["max_length"] for field, text in read(CONTRACTS / "text.json")["fields"].items()}
    names = {part: "𝒩" * longest[f"event.{part}"] for part in ("name", "venue")}
    with Strangers(world, names, pays=True).at_work(2):
        yield


@contextmanager
def killed_worker(world: FaultyWorld) -> Iterator[None]:
    """Ticket's worker is killed again and again, and started again by the supervisor."""
    with _meanwhile(stretched(KILLS_EVERY_SECONDS), lambda _: world.stack.processes.kill("ticket-worker")):
        yield


@contextmanager
def _meanwhile(every_seconds: float, act: Callable[[int], None]) -> Iterator[None]:
    over = Event()

    def repeat() -> None:
        for number in count():
            with contextlib.suppress(ProblemError, httpx.TransportError, IndexError):
                act(number)
            if over.wait(every_seconds):
                return

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(repeat)
        try:
            yield
        finally:
            over.set()
    running.result()


def troubles(line: int) -> tuple[Trouble, ...]:
    """All of them; `line` is how many wait in the long line."""
    return (
        Trouble("silent organizer", silent_organizer),
        Trouble("silent payment", silent_payment, books_before=True),
        Trouble("silent mail server", silent_mail),
        Trouble("silent object store", silent_store),
        Trouble(f"{HALF_SENT} half-sent requests", half_sent_requests),
        Trouble(f"a line of {line}", long_line(line)),
        Trouble("longest texts", poison),
        Trouble("ticket-worker killed", killed_worker),
    )
