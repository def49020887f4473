"""Doing the worker's work step by step."""

from __future__ import annotations

from payments.services import Services
from servicekit.lanes import AnyLane, LaneRunner


async def do_due(services: Services, lane: AnyLane[Services]) -> None:
    """Take up what is due in the lane, as one worker would, and finish it."""
    runner = LaneRunner(lane, services)
    await runner.take_up()
    await runner.finish()
