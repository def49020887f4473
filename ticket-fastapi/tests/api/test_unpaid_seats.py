"""A buyer, and an address, hold a bounded number of seats that are not paid for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from importlib import resources
from typing import Any
from uuid import UUID, uuid4

import pytest
import ticketing.migrations
from servicekit.db.engine import driver_in_transaction
from sqlalchemy.ext.asyncio import AsyncEngine
from support.ticket_system import TicketSystem, customer
from ticketing.db.booking.take_seats import TAKE_SEATS

MIGRATIONS = resources.files(ticketing.migrations)
FUNCTION = (MIGRATIONS / "versions" / "0019_unpaid_seats.sql").read_text(encoding="utf-8")
ADDRESS, ELSEWHERE = "a" * 32, "b" * 32


async def ask(system: TicketSystem, event: Any, seats: list[Any], **changes: Any) -> Any:
    return await system.client.post("/api/v1/bookings", json=system.booking_request(event, seats, **changes))


async def hall(system: TicketSystem, seats: int = 100) -> tuple[Any, list[Any]]:
    return await system.create_event(seats_per_row=seats)


async def held(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        counted = await connection.exec_driver_sql("SELECT count(*) FROM seats WHERE status <> 'OPEN'")
        return int(counted.scalar_one())


def assert_refused(answer: Any, **members: object) -> None:
    assert answer.status_code == 409, answer.text
    document = answer.json()
    assert document["type"] == "too-many-unpaid-seats"
    assert {name: document[name] for name in ("limit", "unpaid", "scope")} == members
    assert "booking_id" not in document


async def test_one_account_cannot_hold_a_whole_hall(system: TicketSystem, engine: AsyncEngine) -> None:
    event, seats = await hall(system, seats=200)
    buyer = customer()
    requests = [ask(system, event, seats[start : start + 10], customer=buyer) for start in range(0, 200, 10)]
    answers = await asyncio.gather(*requests)
    assert sorted(answer.status_code for answer in answers) == [201] * 2 + [409] * 18
    assert await held(engine) == 20
    for answer in answers:
        if answer.status_code == 409:
            assert_refused(answer, limit=20, unpaid=20, scope="buyer")


async def test_twenty_requests_at_once_of_one_buyer_never_take_more_than_the_limit(
    system: TicketSystem, engine: AsyncEngine
) -> None:
    event, seats = await hall(system)
    buyer = customer()
    answers = await asyncio.gather(*(ask(system, event, seats[3 * n : 3 * n + 3], customer=buyer) for n in range(20)))
    assert sorted(answer.status_code for answer in answers) == [201] * 6 + [409] * 14
    assert await held(engine) == 18


async def test_many_accounts_of_one_address_share_a_limit(system: TicketSystem, engine: AsyncEngine) -> None:
    event, seats = await hall(system)
    other, others = await hall(system, seats=10)
    requests = [
        ask(system, *booked, customer=customer(), buyer_address=ADDRESS)
        for booked in [(event, [seat]) for seat in seats[:60]] + [(other, [seat]) for seat in others]
    ]
    answers = await asyncio.gather(*requests)
    assert sorted(answer.status_code for answer in answers) == [201] * 60 + [409] * 10
    assert await held(engine) == 60
    refused = await ask(system, event, seats[90:92], buyer_address=ADDRESS)
    assert_refused(refused, limit=60, unpaid=60, scope="address")
    # Other addresses, and callers who name none, are not concerned.
    assert (await ask(system, event, seats[92:94], customer=customer(), buyer_address=ELSEWHERE)).status_code == 201
    assert (await ask(system, event, seats[94:96], customer=customer())).status_code == 201


async def test_the_limit_of_a_buyer_is_that_of_one_event(system: TicketSystem) -> None:
    buyer = customer()
    for _ in range(2):
        event, seats = await hall(system, seats=21)
        assert (await ask(system, event, seats[:10], customer=buyer)).status_code == 201
        assert (await ask(system, event, seats[10:20], customer=buyer)).status_code == 201
        assert_refused(await ask(system, event, seats[20:], customer=buyer), limit=20, unpaid=20, scope="buyer")
        assert (await ask(system, event, seats[20:], customer=customer())).status_code == 201


async def test_payment_cancellation_and_expiry_make_room(system: TicketSystem) -> None:
    event, seats = await hall(system)
    buyer = customer()
    first = await system.book(event, seats[:10], customer=buyer, buyer_address=ADDRESS)
    second = await system.book(event, seats[10:20], customer=buyer, buyer_address=ADDRESS)
    assert_refused(await ask(system, event, seats[20:21], customer=buyer), limit=20, unpaid=20, scope="buyer")
    await system.pay(first["id"])
    third = await system.book(event, seats[20:30], customer=buyer, buyer_address=ADDRESS)
    assert_refused(await ask(system, event, seats[30:31], customer=buyer), limit=20, unpaid=20, scope="buyer")
    assert (await system.client.post(f"/api/v1/bookings/{second['id']}/cancel")).status_code == 200
    fourth = await system.book(event, seats[30:40], customer=buyer, buyer_address=ADDRESS)
    assert_refused(await ask(system, event, seats[40:41], customer=buyer), limit=20, unpaid=20, scope="buyer")
    for booking in (third, fourth):
        await system.pass_payment_deadline(booking["id"])
    await system.run_until_idle()
    assert (await system.booking(third["id"]))["status"] == "EXPIRED"
    assert (await ask(system, event, seats[40:50], customer=buyer)).status_code == 201


async def test_a_refused_request_may_succeed_later_under_the_same_id(system: TicketSystem) -> None:
    event, seats = await hall(system)
    buyer = customer()
    first = await system.book(event, seats[:10], customer=buyer)
    await system.book(event, seats[10:20], customer=buyer)
    wanted = system.booking_request(event, seats[20:22], customer=buyer)
    path, key = "/api/v1/bookings", {"idempotency-key": "a-key"}
    assert_refused(await system.client.post(path, json=wanted, headers=key), limit=20, unpaid=20, scope="buyer")
    assert (await system.client.get(f"{path}/{wanted['booking_id']}")).status_code == 404
    await system.pay(first["id"])
    answer = await system.client.post(path, json=wanted, headers=key)
    assert (answer.status_code, answer.json()["id"]) == (201, wanted["booking_id"])


async def test_a_repeat_gets_its_first_answer_although_the_limit_is_reached(system: TicketSystem) -> None:
    event, seats = await hall(system)
    buyer = customer()
    await system.book(event, seats[:10], customer=buyer, buyer_address=ADDRESS)
    request = system.booking_request(event, seats[10:20], customer=buyer, buyer_address=ADDRESS)
    first = await system.client.post("/api/v1/bookings", json=request)
    moved = await system.client.post("/api/v1/bookings", json={**request, "buyer_address": ELSEWHERE})
    assert (moved.status_code, moved.json()["id"]) == (201, first.json()["id"])
    assert moved.headers["idempotent-replay"] == "true"


async def test_a_taken_seat_is_the_reason_before_the_limit_is(system: TicketSystem) -> None:
    event, seats = await hall(system)
    buyer = customer()
    for start in (0, 10):
        await system.book(event, seats[start : start + 10], customer=buyer)
    answer = await ask(system, event, seats[:1], customer=buyer)
    assert answer.json()["type"] == "seat-unavailable"


async def test_an_offer_from_the_queue_is_not_refused_but_counts(system: TicketSystem) -> None:
    event, seats = await hall(system)
    buyer = customer()
    taken = await system.book(event, seats[20:21])
    await system.join(seats[20], **buyer)
    for start in (0, 10):
        await system.book(event, seats[start : start + 10], customer=buyer)
    assert (await system.client.post(f"/api/v1/bookings/{taken['id']}/cancel")).status_code == 200
    await system.run_until_idle()
    mine = await system.client.get("/api/v1/bookings", params={"customer_id": buyer["id"]})
    offered = [booking for booking in mine.json()["items"] if booking["origin"] == "WAITLIST"]
    assert [booking["status"] for booking in offered] == ["AWAITING_PAYMENT"]
    assert_refused(await ask(system, event, seats[30:31], customer=buyer), limit=20, unpaid=21, scope="buyer")


async def test_a_declined_hold_does_not_count(system: TicketSystem, engine: AsyncEngine) -> None:
    event, seats = await hall(system)
    buyer = customer()
    await system.set_organizer_outcomes(*["fail"] * 3)
    for _ in range(3):
        assert (await ask(system, event, seats[:10], customer=buyer)).status_code == 502
    assert (await ask(system, event, seats[:10], customer=buyer)).status_code == 201
    assert await held(engine) == 10


@pytest.mark.parametrize("address", ["203.0.113.7", "short", "x" * 65, "with space in it ..", 5])
async def test_what_is_no_hash_is_refused_as_an_address(system: TicketSystem, address: object) -> None:
    event, seats = await system.create_event()
    answer = await ask(system, event, seats[:1], buyer_address=address)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "buyer_address")


async def test_an_id_of_its_own_is_not_needed_to_be_counted(system: TicketSystem) -> None:
    """Integrators let ticket make the id."""
    event, seats = await hall(system)
    buyer = customer()
    for start in (0, 10):
        await system.book(event, seats[start : start + 10], customer=buyer, booking_id=...)
    answer = await ask(system, event, seats[20:21], customer=buyer, booking_id=str(uuid4()))
    assert_refused(answer, limit=20, unpaid=20, scope="buyer")


# The guard: the same two bookings at once, with the function as it is, and with a part of it taken away.


class Guard:
    """The function of migration 0019, of which a test takes a part away."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def change(self, words: str, instead: str) -> None:
        assert words in FUNCTION
        await self._create(FUNCTION.replace(words, instead))

    async def restore(self) -> None:
        await self._create(FUNCTION)

    async def _create(self, function: str) -> None:
        async with self._engine.begin() as connection:
            await connection.exec_driver_sql(function.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))


@pytest.fixture
async def guard(engine: AsyncEngine) -> AsyncIterator[Guard]:
    found = Guard(engine)
    yield found
    await found.restore()


async def book_at_the_same_time(
    system: TicketSystem, engine: AsyncEngine, *, buyers: tuple[Any, Any], address: str | None
) -> int:
    """Books ten seats twice, the second before the first is committed; returns the second's status.

    Each buyer has ten unpaid seats, or the address has fifty, so that there is room for one of the two.
    """
    event, seats = await hall(system)
    for number, start in enumerate(range(0, 50 if address else 10, 10)):
        buyer = customer() if address else buyers[number]
        await system.book(event, seats[start : start + 10], customer=buyer, buyer_address=address)
    async with engine.begin() as connection:
        driver = await driver_in_transaction(connection)
        first = [UUID(seat["id"]) for seat in seats[60:70]]
        who = (UUID(buyers[0]["id"]), "Ayu", "ayu@example.com")
        limits = (address, 20, 60)
        assert await driver.fetch(
            TAKE_SEATS, uuid4(), UUID(event["id"]), first, *who, None, "", "test", "", 60.0, *limits
        )
        second = asyncio.create_task(ask(system, event, seats[70:80], customer=buyers[1], buyer_address=address))
        await asyncio.wait({second}, timeout=0.5)
    return int((await second).status_code)


SAME_BUYER = {"same": True, "address": None}
SAME_ADDRESS = {"same": False, "address": ADDRESS}


@pytest.mark.parametrize("case", [SAME_BUYER, SAME_ADDRESS], ids=["buyer", "address"])
async def test_of_two_bookings_at_once_the_second_counts_the_first(
    system: TicketSystem, engine: AsyncEngine, case: dict[str, Any]
) -> None:
    one = customer()
    buyers = (one, one if case["same"] else customer())
    status = await book_at_the_same_time(system, engine, buyers=buyers, address=case["address"])
    assert status == 409
    assert await held(engine) == (60 if case["address"] else 20)


@pytest.mark.parametrize(
    ("case", "words", "instead"),
    [
        (SAME_BUYER, "PERFORM pg_advisory_xact_lock(hashtextextended(buyer::text || at_event::text, 0));", ""),
        (SAME_ADDRESS, "PERFORM pg_advisory_xact_lock(hashtextextended(address, 1));", ""),
        # The lock alone does not help: without a new snapshot, the second does not see what it has waited for.
        (SAME_BUYER, "VOLATILE", "STABLE"),
        (SAME_ADDRESS, "VOLATILE", "STABLE"),
    ],
    ids=["lock of the buyer", "lock of the address", "new snapshot, buyer", "new snapshot, address"],
)
async def test_without_a_part_of_the_guard_both_get_their_seats(
    system: TicketSystem, engine: AsyncEngine, guard: Guard, case: dict[str, Any], words: str, instead: str
) -> None:
    one = customer()
    buyers = (one, one if case["same"] else customer())
    await guard.change(words, instead)
    status = await book_at_the_same_time(system, engine, buyers=buyers, address=case["address"])
    assert status == 201
    assert await held(engine) == (70 if case["address"] else 30)
