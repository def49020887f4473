"""Ordinary use, with duplicates, refusals and repeats, leaves no error and no secret in the log of PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import httpx

from tests.support.client_api import API
from tests.support.world import PASSWORD, World

AT_ONCE = 6
ERRORS = ("ERROR:", "FATAL:", "PANIC:")


def test_a_story_with_duplicates_and_failures_leaves_no_error_in_the_databases(world: World) -> None:
    log = world.stack.home / "logs" / "postgres.log"
    assert world.seats
    begun = log.stat().st_size
    email = f"ayu-{uuid4().hex[:12]}@example.com"

    def register(_: int) -> int:
        body = {"email": email, "password": PASSWORD, "name": "Ayu"}
        return httpx.post(f"{world.stack.environment.client_url}{API}/auth/register", json=body, timeout=30).status_code

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert sorted(pool.map(register, range(AT_ONCE))) == [201] + [409] * (AT_ONCE - 1)
    first, second = world.buyer(), world.buyer("Bima Putra")
    world.organizer.simulate(next_outcomes=["fail"])
    assert world.refused(first, 1).type == "organizer-declined"
    world.payment.simulate(next_outcomes=["fail"])
    failed = world.book(first, 1)
    world.pay(failed)
    world.await_status(first, failed.id, "FAILED")
    booked = world.book_and_pay(first, 0)
    assert world.refused(second, 0).type == "seat-unavailable"
    second.join_queue(world.seats[0].id)
    first.cancel(booked.id)
    said = log.read_bytes()[begun:].decode(errors="replace")
    assert [line for line in said.splitlines() if any(error in line for error in ERRORS)] == []
    assert [secret for secret in (email, "argon2", "/pay/", PASSWORD) if secret in said] == []
