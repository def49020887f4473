"""The one-seat protocol, walked exhaustively: with all its rules it holds, and without any one of them it does not."""

from __future__ import annotations

import pytest

from tests.model.one_seat import STEPS, Rules, World
from tests.model.walk import ALL_RULES, Violation, canonical, walk, worlds_that_cannot_come_to_rest


@pytest.fixture(scope="module")
def worlds() -> dict[World, list[World]]:
    return walk()


def test_every_reachable_world_keeps_the_rules_and_can_come_to_rest(worlds: dict[World, list[World]]) -> None:
    assert len(worlds) > 10_000
    assert worlds_that_cannot_come_to_rest(worlds) == set()


def test_the_walk_meets_every_step_and_every_ending(worlds: dict[World, list[World]]) -> None:
    idle = {step.__name__ for step in STEPS} - {"stale_release"}
    for world in worlds:
        idle -= {step.__name__ for step in STEPS if any(canonical(after) != world for after in step(world, ALL_RULES))}
    assert idle == set()
    assert any(world.wim.status == "BOOKED" and world.entry == "FULFILLED" for world in worlds)
    assert any(world.wim.released and world.seat == "OPEN" for world in worlds)
    assert {booking.invoice for world in worlds for booking in (world.ada, world.wim)} >= {
        "PAID",
        "FAILED",
        "VOID",
        "REFUNDED",
    }


def test_a_release_that_runs_again_changes_nothing(worlds: dict[World, list[World]]) -> None:
    again = next(step for step in STEPS if step.__name__ == "stale_release")
    assert all(canonical(after) == world for world in worlds for after in again(world, ALL_RULES))


@pytest.mark.parametrize(
    ("without", "broken"),
    [
        (Rules(tombstones=False), "3: an orphan hold of"),
        (Rules(release_before_reassignment=False), "3: an orphan hold of"),
        (Rules(settled_means_final=False), "could still pay for a seat that was handed on"),
        (Rules(seat_names_believed_booking=False), "1: wim's live booking does not have its seat"),
        (Rules(release_after_doubtful_decline=False), "3: an orphan hold of wim's booking"),
    ],
    ids=[
        "tombstones",
        "release-before-reassignment",
        "settled-means-final",
        "seat-names-believed-booking",
        "release-after-doubtful-decline",
    ],
)
def test_without_this_rule_the_walk_finds_a_broken_promise(without: Rules, broken: str) -> None:
    with pytest.raises(Violation, match=broken):
        walk(without)
