"""Does the worker's work step by step."""

from __future__ import annotations

from payments.services import Services
from servicekit.lanes import AnyLane, LaneRunner


async def run_once(services: Services, lane: AnyLane[Services]) -> None:
    """Claims what is due in the lane, as a worker does, and finishes it."""
    runner = LaneRunner(lane, services)
    await runner.take_up()
    await runner.finish()
