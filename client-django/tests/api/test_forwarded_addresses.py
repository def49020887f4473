"""Behind a proxy, one caller's address has so many requests under way and no more; the proxy's own has them all."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from rest_framework.settings import api_settings

from tests.api.conftest import Api, assert_problem
from tests.fake_ticket import Answer, FakeTicket, ReceivedRequest
from tests.processes import wait_until

LIMIT = 2
FEW, OTHER = "192.0.2.9", "192.0.2.10"


@pytest.fixture
def behind_a_proxy(ayu: Api, setting: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Api:
    """A caller of a process that trusts one proxy."""
    monkeypatch.setattr(api_settings, "NUM_PROXIES", 1)
    setting(trusted_proxies=1, connections_per_address=LIMIT, ticket_read_seconds=60, read_request_seconds=60)
    return Api(Client(), ayu.user, ayu.access)


def test_one_forwarded_address_has_so_many_requests_under_way_and_others_have_theirs(
    behind_a_proxy: Api, ticket: FakeTicket
) -> None:
    released = Event()

    def hang(seen: ReceivedRequest) -> Answer:
        released.wait(60)
        return Answer(200, {"items": [], "next_cursor": None})

    def look(address: str) -> Any:
        try:
            return behind_a_proxy.get("/waitlist", **{"X-Forwarded-For": address})
        finally:
            connection.close()

    ticket.script("GET", "/api/v1/waitlist", *[hang] * LIMIT)
    with ThreadPoolExecutor(LIMIT) as pool:
        waiting: list[Future[Any]] = [pool.submit(look, FEW) for _ in range(LIMIT)]
        try:
            wait_until(lambda: len(ticket.calls("GET", "/api/v1/waitlist")) == LIMIT)
            assert_problem(look(FEW), 503, "busy")
            assert look(OTHER).status_code == 200
        finally:
            released.set()
    assert [each.result().status_code for each in waiting] == [200] * LIMIT
    assert look(FEW).status_code == 200, "the places are free again"
