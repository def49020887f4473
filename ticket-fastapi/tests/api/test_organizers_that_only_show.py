"""An organizer that answers look-ups but accepts no request for a hold does not work, so it is paused all the same."""

from __future__ import annotations

from servicekit.breaker import Breakers, Limits
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from support.server import serve
from support.ticket_system import TicketSystem

FAILURES = 3


class OrganizerThatOnlyShows:
    """Knows no hold, and accepts no request for one."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.calls.append(scope["method"])
        await Response(status_code=404 if scope["method"] == "GET" else 500)(scope, receive, send)


async def test_an_answered_look_up_does_not_end_the_count_of_failed_requests_for_a_hold(system: TicketSystem) -> None:
    breakers: Breakers[str] = system.services.organizers
    breakers.limits = Limits(at_once=10, failures=FAILURES, pause_seconds=60)
    event, seats = await system.create_event(seats_per_row=FAILURES + 1)
    organizer = OrganizerThatOnlyShows()
    async with serve(organizer) as url:
        async with system.services.engine.begin() as connection:
            await connection.exec_driver_sql(
                "UPDATE organizers SET base_url = $1 WHERE slug = $2", (url, event["organizer"]["slug"])
            )
        for seat in seats[:FAILURES]:
            await system.client.post("/api/v1/bookings", json=system.booking_request(event, [seat]))
        called = len(organizer.calls)
        assert organizer.calls.count("POST") == FAILURES
        assert "GET" in organizer.calls
        refused = await system.client.post("/api/v1/bookings", json=system.booking_request(event, seats[FAILURES:]))
        assert (refused.status_code, refused.json()["type"]) == (503, "organizer-unreachable")
        assert len(organizer.calls) == called, "the pause has begun"
