"""Buyers book, pay, cancel and queue while faults of network, processes, database, store and mail come one by one.

Then all is quiet, every rule must hold, and no buyer may find that something they were answered is no longer so.
`CHAOS_SEED` chooses another plan of faults; the seed of each run is printed.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from tests.conftest import IS_LONG
from tests.support.fault_plan import KINDS, plan
from tests.support.faulty_stack import FaultyStack
from tests.support.observing_buyer import ObservingBuyer
from tests.support.world import World

SEEDS = [int(os.environ["CHAOS_SEED"])] if "CHAOS_SEED" in os.environ else range(1, 9) if IS_LONG else [1]
FAULTS = 26 if IS_LONG else len(KINDS)
"""Of each seed: 208 in the long form, in the short form one of each kind."""
BUYERS, SEATS = 4, 12
BETWEEN_TURNS = 0.05
HEAL_SECONDS = 180


@contextlib.contextmanager
def shopping(buyers: list[ObservingBuyer]) -> Iterator[None]:
    """They take their turns as long as the block lasts."""
    over = Event()

    def shop(buyer: ObservingBuyer) -> None:
        while not over.wait(BETWEEN_TURNS):
            buyer.turn()

    with ThreadPoolExecutor(len(buyers)) as pool:
        running = [pool.submit(shop, buyer) for buyer in buyers]
        try:
            yield
        finally:
            over.set()
    for each in running:
        each.result()


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", SEEDS)
def test_what_was_answered_stays_true_whatever_fails(
    faulty: FaultyStack, seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    faults = plan(seed, FAULTS)
    world = World(faulty)
    try:
        world.organizer.simulate(failure_rate=0.2, seed=seed)
        world.payment.simulate(failure_rate=0.1, seed=seed)
        buyers = [
            ObservingBuyer(world.buyer(), world.event.id, world.seats[:SEATS], seed * BUYERS + number)
            for number in range(BUYERS)
        ]
        with shopping(buyers):
            for number, fault in enumerate(faults, 1):
                why_not = fault.why_not(faulty)
                with capsys.disabled():
                    print(f"seed {seed}, fault {number}: {fault}", f"left out: {why_not}" if why_not else "")
                if why_not is None:
                    fault.make(faulty)
        faulty.await_ready()
        world.calm()
        faulty.check(HEAL_SECONDS)
        contradictions = [found for buyer in buyers for found in buyer.look_back()]
        assert not contradictions, "\n".join(contradictions)
        faulty.check(HEAL_SECONDS)
        steps = sum(buyer.steps for buyer in buyers)
        kinds = len({fault.kind for fault in faults})
        with capsys.disabled():
            print(f"seed {seed}: {len(faults)} faults of {kinds} kinds, {steps} actions, 0 violations")
    finally:
        world.close()
