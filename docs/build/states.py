"""Diagrams of the state machines: the steps come from the code, the places of the states from here."""

from __future__ import annotations

from dataclasses import dataclass

from docs.build.code import Machine, machine
from docs.build.svg import LINE, OTHER, OURS, Box, Drawing, beside, between

CELL = (225, 100)
STATE = (160, 40)
MARGIN = 26


@dataclass(frozen=True)
class Plan:
    """Where a machine stands in the code, and in which column and row each state is drawn."""

    title: str
    module: str
    states: str
    places: dict[str, tuple[float, float]]


PLANS = {
    "states-seat": Plan(
        "States of a seat",
        "ticketing.domain.seat",
        "SeatStatus",
        {"OPEN": (0, 0.45), "ON_GOING": (1.05, 0.45), "BOOKED": (2.1, 0.45)},
    ),
    "states-booking": Plan(
        "States of a booking",
        "ticketing.domain.booking",
        "BookingStatus",
        {
            "FAILED": (0.5, 0),
            "EXPIRED": (1.6, 0),
            "HOLDING": (0, 1),
            "AWAITING_PAYMENT": (1.1, 1),
            "BOOKED": (2.2, 1),
            "CANCELLED": (1.1, 2),
        },
    ),
    "states-invoice": Plan(
        "States of an invoice",
        "payments.domain.invoice",
        "InvoiceStatus",
        {
            "PENDING": (0, 0.45),
            "PROCESSING": (1.2, 0.45),
            "PAID": (2.3, 0.45),
            "VOID": (0, 1.45),
            "FAILED": (1.2, 1.45),
            "REFUNDED": (2.3, 1.45),
        },
    ),
    "states-waitlist": Plan(
        "States of a waitlist entry",
        "ticketing.domain.waitlist",
        "EntryStatus",
        {"WAITING": (0, 0), "OFFERED": (1.1, 0), "FULFILLED": (2.2, 0), "LEFT": (0, 1), "LAPSED": (1.1, 1)},
    ),
}


def draw(plan: Plan) -> Drawing:
    """The whole machine; refuses one with a state that has no place."""
    found = machine(plan.module, plan.states)
    if missing := set(found.states) ^ set(plan.places):
        raise SystemExit(f"{plan.title}: the code and the drawing disagree about {', '.join(sorted(missing))}.")
    boxes = {
        state: Box(MARGIN + 22 + column * CELL[0], MARGIN + row * CELL[1], *STATE)
        for state, (column, row) in plan.places.items()
    }
    right, bottom = (max(box.x + STATE[0] for box in boxes.values()), max(box.y + STATE[1] for box in boxes.values()))
    drawing = Drawing(round(right + MARGIN), round(bottom + MARGIN), plan.title)
    _steps(drawing, found, boxes)
    _states(drawing, found, boxes)
    return drawing


def _states(drawing: Drawing, found: Machine, boxes: dict[str, Box]) -> None:
    left_again = {before for before, _, _ in found.steps}
    for state, box in boxes.items():
        is_end = state not in left_again
        drawing.rectangle(box, OTHER if is_end else OURS, radius=20)
        if is_end:
            inner = Box(box.x + 3.5, box.y + 3.5, box.width - 7, box.height - 7)
            drawing.rectangle(inner, OTHER, radius=17, stroke=0.8)
        drawing.text((box.centre[0], box.centre[1] + 4.5), state, size=12.5, bold=True)
    first = boxes[found.states[0]]
    drawing.dot((first.x - 26, first.centre[1]))
    drawing.arrow([(first.x - 22, first.centre[1]), (first.x - 2, first.centre[1])])


def _steps(drawing: Drawing, found: Machine, boxes: dict[str, Box]) -> None:
    joined: dict[tuple[str, str], list[str]] = {}
    for before, action, after in found.steps:
        joined.setdefault((before, after), []).append(action)
    labels = []
    for (before, after), actions in joined.items():
        if before == after:
            labels.append((_loop(drawing, boxes[before]), actions))
            continue
        apart = 11 if (after, before) in joined else 0
        start, end = beside(boxes[before].centre, boxes[after].centre, apart)
        start, end = _leave(boxes[before], start, end), _leave(boxes[after], end, start)
        drawing.arrow([start, end])
        at = between(start, end, 0.47)
        labels.append(((at[0], at[1] - (8 if apart and start[0] < end[0] else -8 if apart else 0)), actions))
    for at, actions in labels:
        drawing.label(at, actions, size=9.5)


def _leave(box: Box, inside: tuple[float, float], towards: tuple[float, float]) -> tuple[float, float]:
    """Where the line from a point of the box to another point leaves the box."""
    shifted = Box(inside[0] - box.width / 2, inside[1] - box.height / 2, box.width, box.height)
    return shifted.edge_towards(towards, gap=2)


def _loop(drawing: Drawing, box: Box) -> tuple[float, float]:
    x, y = box.centre[0], box.y
    drawing.arrow([(x - 34, y), (x - 34, y - 24), (x + 34, y - 24), (x + 34, y - 2)], colour=LINE)
    return x, y - 33
