"""Requests, reads, lists and releases holds (contracts/README.md, "Hold")."""

import asyncio
from typing import Annotated, cast
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response, status

from organizer_simulator.domain.hold import HoldError, HoldStatus
from organizer_simulator.http.metrics import Metrics
from organizer_simulator.http.models import HoldAnswer, HoldPage, HoldRequest, Slug
from organizer_simulator.http.problems import REFUSALS, described
from organizer_simulator.http.register_thread import WithRegister

router = APIRouter(tags=["holds"], prefix="/{organizer}/holds")


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="Request a hold of seats",
    responses={
        200: {"model": HoldAnswer, "description": "The request is a repeat; the existing hold is returned."},
        **described(409),
    },
)
async def take_hold(
    organizer: Slug, wanted: HoldRequest, register_thread: WithRegister, request: Request, response: Response
) -> HoldAnswer:
    """The ticket service calls this for a booking. It holds all of the seats or none, and returns the hold.

    A repeat with the same `hold_id` returns the existing hold. The organizer declines with the probability
    `failure_rate`; a repeat after a decline is drawn again. A seat of another hold and a released id are refused.
    """
    register = register_thread.register
    await _latency(register.simulation.latency_ms)
    outcomes = cast(Metrics, request.app.state.metrics).holds
    try:
        taken = await register_thread.run(register.take_hold, wanted.at_organizer(organizer))
    except HoldError as refusal:
        outcomes.labels(outcome=REFUSALS[type(refusal)].problem.slug).inc()
        raise
    outcomes.labels(outcome="held" if taken.is_new else "repeated").inc()
    if taken.answers_late:
        await asyncio.sleep(request.app.state.late_answer_seconds)
    response.status_code = status.HTTP_201_CREATED if taken.is_new else status.HTTP_200_OK
    return HoldAnswer.of(taken.hold)


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
