"""A stack of its own for a benchmark, on which nothing is declined and no limit of one person applies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.report import bench_folder
from devstack.environment import WITHOUT_FRONTEND
from tests.support.stack import RunningStack, running_stack
from tests.support.world import World

SETTINGS = {
    # All buyers are at one address here, and each of them books far more than a person would.
    WITHOUT_FRONTEND: "true",
    "THROTTLE_BOOKING": "1000000/min",
    "THROTTLE_AUTH": "1000000/min",
    "CONNECTIONS_PER_ADDRESS": "2000",
    "UNPAID_SEATS_PER_BUYER": "0",
    "UNPAID_SEATS_PER_ADDRESS": "0",
    # As the services have them by default. Tests have shorter ones: under load, bookings that merely take long would be
    # taken for lost and looked up everywhere.
    "HOLDING_GRACE_SECONDS": "60",
    "REQUESTED_GRACE_SECONDS": "60",
    "ORGANIZER_TIMEOUT_SECONDS": "5",
    "SWEEP_SECONDS": "10",
}


@contextmanager
def calm_stack(
    settings: Mapping[str, str] | None = None, *, below: Path | None = None
) -> Iterator[World[RunningStack]]:
    """Runs the stack during the block, with further `settings`, in a folder of its own in `below`, else among the
    figures: on a disk, which every commit reaches.
    """
    with running_stack({**SETTINGS, **(settings or {})}, below=below or bench_folder()) as stack:
        world = World(stack)
        try:
            world.calm()
            yield world
        finally:
            world.close()
