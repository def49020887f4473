"""An exhaustive walk over the one-seat model, and what must hold in every world it reaches (docs/booking.md)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from tests.model.one_seat import EVERYONE, STEPS, Name, Rules, World

ALL_RULES = Rules()
FINAL = ("VOID", "FAILED", "REFUNDED")
LIVE = ("HOLDING", "AWAITING_PAYMENT", "BOOKED")


class Violation(Exception):
    """A world breaks a rule; the message is the rule and the shortest way there."""


def walk(rules: Rules = ALL_RULES, *, reduced: bool = True) -> dict[World, list[World]]:
    """Visit every reachable world, breadth first. Returns each with its successors; raises `Violation` at the first
    that breaks a rule.

    `reduced` visits one world for each class that `canonical` tells apart (about 15 thousand instead of 1.3 million).
    """
    start = World()
    came_from: dict[World, tuple[World, str] | None] = {start: None}
    successors: dict[World, list[World]] = {}
    to_visit = deque([start])
    while to_visit:
        world = to_visit.popleft()
        successors[world] = []
        for step in STEPS:
            for reached in step(world, rules):
                following = canonical(reached) if reduced else reached
                if following == world:
                    continue
                successors[world].append(following)
                if following not in came_from:
                    came_from[following] = (world, step.__name__)
                    for broken in broken_rules(following):
                        raise Violation(f"{broken}: {' → '.join(way_to(following, came_from))}")
                    to_visit.append(following)
        if not successors[world]:
            for broken in broken_rules_when_quiet(world):
                raise Violation(f"{broken}: {' → '.join(way_to(world, came_from))}")
    return successors


def canonical(world: World) -> World:
    """One world to stand for all that nothing later can tell apart, so that the walk stays small. Loses no behaviour:

    a tombstone refuses every request alike, so their number does not matter; a release that is complete no longer
    needs what its job was told; a handler whose booking is over at all three systems changes nothing; and the two
    buyers may exchange names.
    """
    for name in EVERYONE:
        booking = world.booking(name)
        if booking.hold == "RELEASED" and booking.hold_requests:
            world = world.with_booking(name, hold_requests=0)
        if booking.invoice in FINAL and booking.invoice_requests and booking.handler != "asking_invoice":
            world = world.with_booking(name, invoice_requests=0)
        if booking.released and (booking.hold_gone or booking.invoice_settled):
            world = world.with_booking(name, hold_gone=False, invoice_settled=False)
        if booking.released and booking.hold == "RELEASED" and booking.invoice in FINAL and booking.handler != "-":
            world = world.with_booking(name, handler="-", invoice_requests=0)
    if world.ada > world.ben:
        other: Name | None = (
            "ben" if world.seat_booking == "ada" else "ada" if world.seat_booking == "ben" else world.seat_booking
        )
        world = world._replace(ada=world.ben, ben=world.ada, seat_booking=other)
    return world


def broken_rules(world: World) -> Iterator[str]:
    """What must hold in every world, however far from quiet."""
    holder = world.seat_booking
    if (world.seat == "OPEN") != (holder is None):
        yield "1: a seat that is not OPEN names the booking that has it"
    for name in EVERYONE:
        yield from broken_rules_of_booking(world, name)
    if sum(world.booking(name).hold == "HELD" for name in EVERYONE) > 1:
        yield "1: the organizer holds the seat for two bookings"
    if world.seat == "OPEN" and world.entry == "WAITING":
        yield "5: the seat is OPEN while somebody waits for it"
    if sum(world.booking(name).status == "BOOKED" for name in EVERYONE) > 1:
        yield "1: the seat is sold twice"


def broken_rules_of_booking(world: World, name: Name) -> Iterator[str]:
    booking = world.booking(name)
    if booking.status in LIVE and world.seat_booking != name:
        yield f"1: {name}'s live booking does not have its seat"
    if booking.status == "BOOKED" and (booking.invoice != "PAID" or booking.hold != "HELD" or world.seat != "BOOKED"):
        yield f"2: {name} is BOOKED without payment, hold or seat"
    if booking.released and booking.hold == "HELD":
        yield f"3: an orphan hold of {name}'s booking occupies the seat at the organizer"
    if booking.released and booking.invoice in ("PENDING", "PROCESSING"):
        yield f"3: {name} could still pay for a seat that was handed on"


def broken_rules_when_quiet(world: World) -> Iterator[str]:
    """What must hold once nothing is left to happen."""
    for name in EVERYONE:
        booking = world.booking(name)
        if booking.status == "ENDED" and not booking.released:
            yield f"7: the release of {name}'s booking is stuck"
        if booking.status in ("HOLDING", "AWAITING_PAYMENT"):
            yield f"7: {name}'s booking is stuck in {booking.status}"
        if booking.status == "ENDED" and booking.invoice == "PAID":
            yield f"3: {name} paid, has no seat and no money back"


def worlds_that_cannot_come_to_rest(successors: dict[World, list[World]]) -> set[World]:
    """Worlds from which no quiet world can be reached: something would be stuck for ever."""
    predecessors: dict[World, list[World]] = {world: [] for world in successors}
    for world, following in successors.items():
        for later in following:
            predecessors[later].append(world)
    rested = {world for world, following in successors.items() if not following}
    to_visit = deque(rested)
    while to_visit:
        for earlier in predecessors[to_visit.popleft()]:
            if earlier not in rested:
                rested.add(earlier)
                to_visit.append(earlier)
    return set(successors) - rested


def way_to(world: World, came_from: dict[World, tuple[World, str] | None]) -> list[str]:
    way: list[str] = []
    before = came_from[world]
    while before is not None:
        way.append(before[1])
        before = came_from[before[0]]
    return way[::-1]
