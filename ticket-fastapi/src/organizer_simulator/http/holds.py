"""Requests, reads, lists and releases holds (contracts/README.md, "Hold")."""

import asyncio
from enum import Enum
from typing import Annotated, cast
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response, status

from organizer_simulator.domain.hold import HoldError, HoldStatus, RequestedHold
from organizer_simulator.http import ordinary_holds
from organizer_simulator.http.metrics import Metrics
from organizer_simulator.http.models import HoldAnswer, HoldPage, HoldRequest, Slug
from organizer_simulator.http.problems import REFUSALS, described
from organizer_simulator.http.register_thread import RegisterThread, WithRegister

TAGS: list[str | Enum] = ["holds"]
PREFIX = "/{organizer}/holds"


async def take(request: Request, wanted: RequestedHold) -> Response:
    """Takes the hold and answers with it, after the simulated delay."""
    state = request.app.state
    register_thread, outcomes = cast(RegisterThread, state.register_thread), cast(Metrics, state.metrics).holds
    register = register_thread.register
    await _latency(register.simulation.latency_ms)
    try:
        taken = await register_thread.run(register.take_hold, wanted)
    except HoldError as refusal:
        outcomes.labels(outcome=REFUSALS[type(refusal)].problem.slug).inc()
        raise
    outcomes.labels(outcome="held" if taken.is_new else "repeated").inc()
    if taken.answers_late:
        await asyncio.sleep(state.late_answer_seconds)
    code = status.HTTP_201_CREATED if taken.is_new else status.HTTP_200_OK
    return Response(HoldAnswer.of(taken.hold).model_dump_json(), code, media_type="application/json")


busy_router = APIRouter(tags=TAGS, prefix=PREFIX, route_class=ordinary_holds.route_class(take))
router = APIRouter(tags=TAGS, prefix=PREFIX)


@busy_router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    response_model=HoldAnswer,
    summary="Request a hold of seats",
    responses={
        200: {"model": HoldAnswer, "description": "The request is a repeat; the existing hold is returned."},
        **described(409),
    },
)
async def take_hold(organizer: Slug, wanted: HoldRequest, request: Request) -> Response:
    """The ticket service calls this for a booking. It holds all of the seats or none, and returns the hold.

    A repeat with the same `hold_id` returns the existing hold. The organizer declines with the probability
    `failure_rate`; a repeat after a decline is drawn again. A seat of another hold and a released id are refused.
    """
    return await take(request, wanted.at_organizer(organizer))


@router.get("", summary="List the holds of an organizer")
async def list_holds(
    organizer: Slug,
    register_thread: WithRegister,
    status: Annotated[HoldStatus | None, Query(description="Only holds in this status.")] = None,
    cursor: Annotated[UUID | None, Query(description="The `next_cursor` of the previous page.")] = None,
    limit: Annotated[int, Query(ge=1, le=500, description="The maximum number of items on the page.")] = 100,
) -> HoldPage:
    """Tests and operators call this to compare holds with bookings.

    It returns one page of holds and tombstones, in the order of their ids, and the cursor of the next page.
    """
    after = str(cursor) if cursor else ""
    holds = await register_thread.run(register_thread.register.list_holds, organizer, status, after, limit + 1)
    page = holds[:limit]
    return HoldPage(
        items=[HoldAnswer.of(hold) for hold in page],
        next_cursor=page[-1].hold_id if len(holds) > limit else None,
    )


@router.get("/{hold_id}", summary="Return a hold", responses=described(404))
async def show_hold(organizer: Slug, hold_id: UUID, register_thread: WithRegister) -> HoldAnswer:
    """The ticket service calls this when a request for a hold was not answered; it returns the hold or tombstone."""
    return HoldAnswer.of(await register_thread.run(register_thread.register.find_hold, organizer, str(hold_id)))


@router.delete("/{hold_id}", summary="Release a hold")
async def release_hold(organizer: Slug, hold_id: UUID, register_thread: WithRegister) -> HoldAnswer:
    """The ticket service calls this when a booking has ended. It returns the released hold, which is a tombstone.

    It is never declined and can be repeated. An id without a hold gets a tombstone, which refuses a late request.
    """
    await _latency(register_thread.register.simulation.latency_ms)
    return HoldAnswer.of(await register_thread.run(register_thread.register.release_hold, organizer, str(hold_id)))


async def _latency(milliseconds: int) -> None:
    if milliseconds:
        await asyncio.sleep(milliseconds / 1000)
