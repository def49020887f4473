"""`viewers`: what it costs that a thousand people look at a seat map during a sale, and how soon they see a booking.

The same sale runs in turns without viewers and with them; the difference is theirs. Then the event's page is opened in
a browser again and again, and stays open, for what the dashboard itself costs.
"""

from __future__ import annotations

import os
import statistics
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

import psycopg2
from rich.table import Table

from bench.calm_stack import calm_stack
from bench.crowd import Crowd, booking
from bench.event_page import LargeHall, PageCost, large_hall, page_cost, running_browser
from bench.http_request import Request
from bench.open_load import OpenLoad, arrive
from bench.processor_time import between, seconds_used
from bench.report import out, store
from bench.view_load import ViewLoad, ViewOutcome, viewing
from devstack.environment import WITHOUT_FRONTEND
from tests.support.stack import RunningStack
from tests.support.world import World

NAME = "viewers"
LIMIT_SECONDS = 15
ROW_SEATS = 50
# In the order of the map.
TAKEN = """
SELECT place, extract(epoch FROM bookings.created_at)
FROM (SELECT booking_id, row_number() OVER (ORDER BY section, "row", number) - 1 AS place
      FROM seats WHERE event_id = %s) AS ordered
JOIN bookings ON bookings.id = ordered.booking_id
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """In each round, `rate` seats a second are booked for `seconds` without and for `seconds` with `viewers`; then the
    page is opened `openings` times, `tabs` pages stay open for `seconds`, and halls of so many seats are drawn.
    """

    viewers: int = 1000
    rounds: int = 3
    rate: float = 8
    seconds: float = 25
    buyers: int = 16
    openings: int = 10
    tabs: int = 5
    halls: tuple[int, ...] = (2_000, 20_000, 100_000)


QUICK = Plan(viewers=100, rounds=1, rate=4, seconds=8, buyers=4, openings=3, tabs=2, halls=(2_000,))


@dataclass(frozen=True, slots=True)
class Round:
    """The processor time of a viewer by process, in milliseconds a second; and for each viewer and seat, how long after
    ticket's booking of the seat the viewer heard of it, in milliseconds: median, p95 and the longest.
    """

    viewer_ms: dict[str, float]
    sale_ms: dict[str, float]
    heard_ms: dict[str, float]
    dropped: int


def run(*, quick: bool) -> None:
    """Measures, prints a table, stores it with a plot; then every rule of the platform must hold."""
    plan = QUICK if quick else Plan()
    settings = {
        WITHOUT_FRONTEND: "",
        "MAP_VIEWERS": str(plan.viewers),
        "MAP_VIEWERS_PER_ADDRESS": str(plan.viewers),
        "CONNECTIONS_PER_ADDRESS": str(2 * plan.viewers + 500),
    }
    with calm_stack(settings) as world:
        crowd = Crowd(world, plan.buyers)
        rounds = [_round(world, crowd, plan) for _ in range(plan.rounds)]
        # It waits until nothing of the sale is left to do, which would count as the page's.
        world.stack.check()
        page, halls = _pages(world, plan)
    _show(rounds, page, plan)
    _show_halls(halls)
    _store(rounds, page, halls, plan)


def _pages(world: World[RunningStack], plan: Plan) -> tuple[PageCost, list[LargeHall]]:
    event = world.new_event()
    world.ticket.create_seats(event.id, rows=10, seats_per_row=ROW_SEATS)
    with running_browser() as browser:
        cost = page_cost(world.stack, browser, event.id, openings=plan.openings, tabs=plan.tabs, seconds=plan.seconds)
        return cost, [large_hall(world.stack, browser, seats) for seats in plan.halls]


def _round(world: World[RunningStack], crowd: Crowd, plan: Plan) -> Round:
    event = world.new_event()
    number = int(plan.rate * plan.seconds)
    seats = world.ticket.create_seats(event.id, rows=-(-2 * number // ROW_SEATS), seats_per_row=ROW_SEATS)
    requests = [booking(token, event.id, seat.id) for token, seat in zip(cycle(crowd.tokens()), seats, strict=False)]
    without = _sale(world.stack, requests[:number], plan)
    load = ViewLoad(world.stack.environment.client_url, f"/api/v1/events/{event.id}/seat-map/changes", plan.viewers)
    with viewing(load) as outcome:
        beside = _sale(world.stack, requests[number : 2 * number], plan)
    heard = _heard(world.stack.environment.ticket_database_url, event.id, outcome)
    per_viewer = 1000 / (plan.viewers * plan.seconds)
    found = Round(
        viewer_ms={name: per_viewer * (beside[name] - without[name]) for name in beside},
        sale_ms={name: 1000 * used / number for name, used in without.items()},
        heard_ms={
            "median": statistics.median(heard),
            "p95": statistics.quantiles(heard, n=20, method="inclusive")[-1],
            "longest": max(heard),
        },
        dropped=outcome.dropped,
    )
    out.print(f"[dim]· {sum(found.viewer_ms.values()):.3f} ms, heard {found.heard_ms}[/]")
    return found


def _sale(stack: RunningStack, requests: list[Request], plan: Plan) -> dict[str, float]:
    """Runs the sale; returns the processor time of each process meanwhile."""
    before, begun = seconds_used(stack), time.perf_counter()
    outcome = arrive(OpenLoad(stack.environment.client_url, requests, plan.rate, len(requests), LIMIT_SECONDS))
    time.sleep(max(0.0, plan.seconds - (time.perf_counter() - begun)))
    if set(outcome.statuses()) != {"201"}:
        raise RuntimeError(f"Not every seat was booked: {dict(outcome.statuses())}.")
    return between(before, seconds_used(stack))


def _heard(url: str, event_id: str, outcome: ViewOutcome) -> list[float]:
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(TAKEN, (event_id,))
        taken = {int(place): float(at) for place, at in cursor.fetchall()}
    return [1000 * (at - taken[seat]) for seat, times in outcome.arrivals.items() for at in times if seat in taken]


def _show(rounds: list[Round], page: PageCost, plan: Plan) -> None:
    table = Table("process", "a viewer, ms a second", "opening the page, ms", "an open page, ms a second", title=NAME)
    names = [name for name in page.open_ms if page.open_ms[name] or name in rounds[0].viewer_ms]
    for name in names:
        viewer = [each.viewer_ms.get(name, 0.0) for each in rounds]
        opening = statistics.median(each[name] for each in page.opening_ms)
        table.add_row(name, f"{statistics.median(viewer):.3f}", f"{opening:.1f}", f"{page.open_ms[name]:.2f}")
    table.add_section()
    every = [sum(each.viewer_ms.values()) for each in rounds]
    opening = statistics.median(sum(each.values()) for each in page.opening_ms)
    table.add_row("all", f"{statistics.median(every):.3f}", f"{opening:.1f}", f"{sum(page.open_ms.values()):.2f}")
    out.print(table)
    middle, late = (statistics.median(each.heard_ms[name] for each in rounds) for name in ("median", "p95"))
    dropped = sum(each.dropped for each in rounds)
    out.print(
        f"{plan.viewers} viewers heard of a booking after {middle:.0f} ms (median; p95 {late:.0f}), {dropped} dropped"
    )


def _show_halls(halls: list[LargeHall]) -> None:
    table = Table("seats", "drawn after, s", "dashboard, ms", "main thread, ms", "frames a second", "of each, ms")
    for hall in halls:
        cells = (hall.drawn_seconds, hall.dashboard_ms, hall.main_thread_ms, hall.frames_per_second, hall.frame_ms)
        table.add_row(f"{hall.seats:,}", *map(str, cells))
    out.print(table)


def _store(rounds: list[Round], page: PageCost, halls: list[LargeHall], plan: Plan) -> None:
    content: dict[str, Any] = {
        "name": NAME,
        "rounds": [asdict(each) for each in rounds],
        "page": asdict(page),
        "halls": [asdict(each) for each in halls],
        "conditions": {**asdict(plan), "cores": os.cpu_count(), "load_average": round(os.getloadavg()[0], 1)},
    }
    file = store(NAME, content)
    _plot(rounds, file.with_suffix(".png"))
    out.print(f"[dim]{file}, {file.with_suffix('.png')}[/]")


def _plot(rounds: list[Round], file: Path) -> None:
    # Imported here, since the import takes a second that other commands of ./dev need not spend.
    import matplotlib as mpl  # noqa: PLC0415

    mpl.use("Agg")
    import matplotlib.pyplot as plt  # noqa: PLC0415

    names = [name for name in rounds[0].viewer_ms if any(abs(each.viewer_ms[name]) >= 0.001 for each in rounds)]
    figure, axes = plt.subplots(figsize=(7, 3), layout="constrained")
    axes.barh(names, [statistics.median(each.viewer_ms[name] for each in rounds) for name in names])
    axes.invert_yaxis()
    axes.set_xlabel("processor time of a viewer (ms a second)")
    figure.savefig(file, dpi=120)
    plt.close(figure)
