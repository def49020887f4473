"""The tables of docs/performance.md: what the benchmarks found, and beside it what is aimed at."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Found = Mapping[str, Any]
FIRST, SECOND = 0, 1
"""The two phases of a booking: until it waits for its payment, and from the payment to document and mail."""


@dataclass(frozen=True, slots=True)
class Values:
    """What one measure was in each round of a benchmark; `form` writes one value."""

    rounds: list[float]
    form: str
    unit: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    def __str__(self) -> str:
        shown = f"{self.median:{self.form}}{self.unit}"
        if len(self.rounds) == 1:
            return shown
        return f"{shown} ({min(self.rounds):{self.form}}–{max(self.rounds):{self.form}})"


@dataclass(frozen=True, slots=True)
class Target:
    """A measure and what is aimed at; `most` and `least` bound its median."""

    measure: str
    found: Callable[[Mapping[str, Found]], Values]
    most: float | None = None
    least: float | None = None
    unit: str = ""

    def row(self, measured: Mapping[str, Found]) -> str:
        """The line of the table."""
        found = self.found(measured)
        bound = f"≤ {self.most:,g}" if self.most is not None else f"≥ {self.least:,g}"
        met = (self.most is None or found.median <= self.most) and (self.least is None or found.median >= self.least)
        return f"| {self.measure} | {bound}{self.unit} | {found} | {'yes' if met else 'no'} |"


def _processor(phase: int) -> Callable[[Mapping[str, Found]], Values]:
    def found(measured: Mapping[str, Found]) -> Values:
        return Values([sum(each[phase]["processor_ms"].values()) for each in measured["cost"]["rounds"]], ".1f", " ms")

    return found


def _phase(phase: int, name: str, form: str = ".0f") -> Callable[[Mapping[str, Found]], Values]:
    def found(measured: Mapping[str, Found]) -> Values:
        return Values([each[phase][name] for each in measured["cost"]["rounds"]], form)

    return found


def _losers(where: str, of: Callable[[Found], float], form: str) -> Callable[[Mapping[str, Found]], Values]:
    def found(measured: Mapping[str, Found]) -> Values:
        return Values([of(rush) for rush in measured["stampede"]["rushes"] if rush["where"] == where], form)

    return found


def _ratios(name: str) -> Callable[[Mapping[str, Found]], Values]:
    return lambda measured: Values([each["ratio"] for each in measured[name]["rounds"]], ".2f")


def _map(kind: str, place: str = "client") -> Callable[[Mapping[str, Found]], Values]:
    return lambda measured: Values(measured["map"]["places"][place][kind]["in_all_ms"], ".1f", " ms")


def _one(value: Callable[[Mapping[str, Found]], float], form: str) -> Callable[[Mapping[str, Found]], Values]:
    return lambda measured: Values([value(measured)], form)


def _large_hall(name: str, form: str) -> Callable[[Mapping[str, Found]], Values]:
    return lambda measured: Values([it[name] for it in measured["viewers"]["halls"] if it["seats"] == 20_000], form)


def _slower(rush: Found) -> float:
    return float(rush["p99_ms"] / rush["calm_median_ms"])


def _told_p95(measured: Mapping[str, Found]) -> float:
    told: list[float] = measured["idle"]["told_ms"]
    return statistics.quantiles(told, n=20, method="inclusive")[-1]


def _grown(measured: Mapping[str, Found]) -> float:
    slices = measured["soak"]["slices"]
    # The first slices still fill caches and pools.
    begin = min(len(slices) // 10, len(slices) - 1)
    return float(sum(slices[-1]["mib"].values()) - sum(slices[begin]["mib"].values()))


TARGETS = (
    Target("processor time of a booking to `AWAITING_PAYMENT`, all processes", _processor(FIRST), most=9, unit=" ms"),
    Target("processor time from paid to `BOOKED`, PDF, mail, client told", _processor(SECOND), most=12, unit=" ms"),
    Target("bookings a second to `AWAITING_PAYMENT`, through client", _phase(FIRST, "answered_per_second"), least=200),
    Target(
        "p99 of their answer at half load (ms)",
        lambda measured: Values([each["p99_ms"] for each in measured["soak"]["slices"]], ".0f"),
        most=60,
    ),
    Target("bookings a second from paid to `BOOKED`", _phase(SECOND, "finished_per_second"), least=80),
    Target(
        "paid to link of the PDF at half load, p95 (ms)",
        _one(lambda measured: measured["soak"]["document_ms"]["p95"], ".0f"),
        most=500,
    ),
    Target("R: holds through ticket's HTTP API ÷ pgbench", _ratios("hold"), least=0.6),
    Target("losers of one seat a second, at ticket", _losers("ticket", lambda it: it["per_second"], ".0f"), least=2000),
    Target("losers of one seat a second, by client", _losers("client", lambda it: it["per_second"], ".0f"), least=500),
    Target("their p99 ÷ median of calm bookings, at ticket", _losers("ticket", _slower, ".1f"), most=5),
    Target("their p99 ÷ median of calm bookings, by client", _losers("client", _slower, ".1f"), most=5),
    Target(
        "5,000 buyers for 500 seats: last answer after (s)",
        _one(lambda measured: measured["stampede"]["hall"]["seconds"], ".1f"),
        most=20,
    ),
    Target(
        "seat map of 50,000 seats, through client: processor time, all processes", _map("fresh"), most=30, unit=" ms"
    ),
    Target("the same while nothing has changed (304), at ticket", _map("unchanged", "ticket"), most=1, unit=" ms"),
    Target("the same while nothing has changed (304), by client", _map("unchanged"), most=1, unit=" ms"),
    Target(
        "bytes of that map as it is sent (KB)",
        _one(lambda measured: measured["map"]["places"]["client"]["fresh"]["body_bytes"] / 1000, ".1f"),
        most=200,
    ),
    Target(
        "a viewer of a seat map beside a sale: processor time, all processes (ms a second)",
        lambda measured: Values([sum(each["viewer_ms"].values()) for each in measured["viewers"]["rounds"]], ".3f"),
        most=0.5,
    ),
    Target(
        "a thousand viewers hear of a booking, p95 (ms)",
        lambda measured: Values([each["heard_ms"]["p95"] for each in measured["viewers"]["rounds"]], ",.0f"),
        most=2000,
    ),
    Target(
        "opening the page of an event: processor time of the dashboard",
        lambda measured: Values([each["frontend"] for each in measured["viewers"]["page"]["opening_ms"]], ".0f", " ms"),
        most=150,
        unit=" ms",
    ),
    Target("a hall of 20,000 seats is drawn in Chromium after (s)", _large_hall("drawn_seconds", ".1f"), most=2),
    Target("frames a second while it moves", _large_hall("frames_per_second", ".0f"), least=50),
    Target("holds beside a million past bookings ÷ empty", _ratios("growth"), least=0.9),
    Target(
        "processor time of the idle stack, of one core (%)",
        _one(lambda measured: 100 * sum(measured["idle"]["parts_of_a_core"].values()), ".1f"),
        most=2,
    ),
    Target("ticket's change to client's receipt when idle, p95 (ms)", _one(_told_p95, ".0f"), most=50),
    Target(
        "memory of all processes under load (MiB)",
        _one(lambda measured: max(sum(each["mib"].values()) for each in measured["soak"]["slices"]), ",.0f"),
        most=1000,
    ),
    Target("growth of that memory during the soak (MiB)", _one(_grown, ".0f"), most=20),
    Target(
        "write-ahead log of a paid booking (KiB)",
        lambda measured: Values(
            [sum(phase["wal_kib"] for phase in each) for each in measured["cost"]["rounds"]], ".1f"
        ),
        most=30,
    ),
)


def _targets(measured: Mapping[str, Found]) -> Iterator[str]:
    yield "| measure | target | measured: median (least–most) | met |"
    yield "|---|---|---|---|"
    for target in TARGETS:
        yield target.row(measured)


def _cost(measured: Found) -> Iterator[str]:
    yield "| process | to `AWAITING_PAYMENT` (ms) | paid to `BOOKED`, document, mail (ms) | idle, of one core |"
    yield "|---|---|---|---|"
    rounds = measured["rounds"]
    for name in rounds[0][FIRST]["processor_ms"]:
        first, second = (
            statistics.median(each[phase]["processor_ms"][name] for each in rounds) for phase in (FIRST, SECOND)
        )
        yield f"| {name} | {first:.2f} | {second:.2f} | {measured['idle'][name]:.2%} |"
    statements = ", ".join(f"{name} {number:g}" for name, number in measured["statements"].items())
    yield ""
    yield f"A paid booking takes {sum(measured['statements'].values()):.0f} statements when it is alone ({statements})."
    yield ""
    yield "![Processor time of a booking by process](images/cost.png)"


def _rounds(measured: Found) -> Iterator[str]:
    yield f"| round | {measured['measured']} (a second) | {measured['reference']} (a second) | ratio |"
    yield "|---|---|---|---|"
    for number, each in enumerate(measured["rounds"], 1):
        yield f"| {number} | {each['measured']:.0f} | {each['reference']:.0f} | {each['ratio']:.2f} |"
    yield ""
    yield f"![{measured['measured']} and {measured['reference']}](images/{measured['name']}.png)"


def _stampede(measured: Found) -> Iterator[str]:
    yield "| one seat, asked for | answers a second | p99 (ms) | calm median (ms) |"
    yield "|---|---|---|---|"
    for rush in measured["rushes"]:
        cells = (f"{rush['per_second']:.0f}", f"{rush['p99_ms']:.1f}", f"{rush['calm_median_ms']:.1f}")
        yield f"| {'at ticket' if rush['where'] == 'ticket' else 'through client'} | {' | '.join(cells)} |"
    hall = measured["hall"]
    answers = ", ".join(f"{number} × {status}" for status, number in sorted(hall["statuses"].items()))
    yield ""
    yield (
        f"The hall: {hall['sold']} of {hall['seats']} seats sold, {hall['sold_twice']} sold twice, "
        f"the last answer after {hall['seconds']:.1f} s ({answers}); "
        f"buyers were told to come again {hall['told_to_wait']:,} times."
    )


def _seat_map(measured: Found) -> Iterator[str]:
    yield "| asked | map | processor time, all processes (ms) | client | ticket | PostgreSQL | KB |"
    yield "|---|---|---|---|---|---|---|"
    for place, kinds in measured["places"].items():
        for kind in ("fresh", "again", "unchanged"):
            found = kinds[kind]
            parts = (
                f"{statistics.median(each[name] for each in found['processor_ms']):.2f}"
                for name in ("client", "ticket", "postgres")
            )
            where = "at ticket" if place == "ticket" else "through client"
            cells = (str(Values(found["in_all_ms"], ".2f")), *parts, f"{found['body_bytes'] / 1000:.1f}")
            yield f"| {where} | {kind} | {' | '.join(cells)} |"
    yield ""
    yield f"Not compressed, the map has {measured['places']['client']['plain']['body_bytes'] / 1000:.1f} KB."


def _viewers(measured: Found) -> Iterator[str]:
    yield "| process | a viewer (ms a second) | opening the page (ms) | an open page (ms a second) |"
    yield "|---|---|---|---|"
    page = measured["page"]
    for name, idle in page["open_ms"].items():
        viewer = Values([each["viewer_ms"].get(name, 0.0) for each in measured["rounds"]], ".3f")
        opening = Values([each[name] for each in page["opening_ms"]], ".0f")
        yield f"| {name} | {viewer} | {opening} | {idle:.2f} |"
    yield ""
    middle, late, longest = (
        Values([each["heard_ms"][name] for each in measured["rounds"]], ",.0f") for name in ("median", "p95", "longest")
    )
    dropped = sum(each["dropped"] for each in measured["rounds"])
    titles = ("drawn after (s)", "dashboard (ms)", "the page's main thread (ms)", "frames a second", "of each (ms)")
    yield f"| seats of a hall | {' | '.join(titles)} |"
    yield f"|---|{len(titles) * '---|'}"
    for hall in measured["halls"]:
        cells = ("drawn_seconds", "dashboard_ms", "main_thread_ms", "frames_per_second", "frame_ms")
        yield f"| {hall['seats']:,} | {' | '.join(str(hall[name]) for name in cells)} |"
    yield ""
    yield f"They heard of a booking after {middle} ms; p95 {late} ms, the longest {longest} ms; {dropped} were dropped."
    yield ""
    yield "![Processor time of a viewer by process](images/viewers.png)"


def _idle(measured: Found) -> Iterator[str]:
    yield "| process | of one core | MiB |"
    yield "|---|---|---|"
    for name, part in measured["parts_of_a_core"].items():
        yield f"| {name} | {part:.2%} | {measured['memory_bytes'][name] / 2**20:.0f} |"


def _soak(measured: Found) -> Iterator[str]:
    slices = measured["slices"]
    yield "| process | MiB after the first slice | in the middle | after the last |"
    yield "|---|---|---|---|"
    for name in slices[0]["mib"]:
        shown = (slices[index]["mib"][name] for index in (0, len(slices) // 2, -1))
        yield f"| {name} | {' | '.join(f'{each:.0f}' for each in shown)} |"
    yield ""
    yield f"The stack did {measured['rate']:.1f} bookings a second from request to document; half of that arrived."


def _peers(measured: Found) -> Iterator[str]:
    rounds = measured["rounds"]
    yield "| measure | our bookings to `AWAITING_PAYMENT` | pretix's unpaid orders | ratio |"
    yield "|---|---|---|---|"
    measures: dict[str, Callable[[Found], float]] = {
        "a second": lambda side: float(side["per_second"]),
        "processor time, all processes (ms)": lambda side: sum(side["processor_ms"].values()),
    }
    for title, of in measures.items():
        ours, pretix = ([of(each[side]) for each in rounds] for side in ("ours", "pretix"))
        ratios = [one / other for one, other in zip(ours, pretix, strict=True)]
        yield f"| {title} | {Values(ours, '.1f')} | {Values(pretix, '.1f')} | {Values(ratios, '.3f')} |"
    yield ""
    parts = {
        name: statistics.median(each["pretix"]["processor_ms"][name] for each in rounds)
        for name in rounds[0]["pretix"]["processor_ms"]
    }
    yield f"Of pretix's processor time: {', '.join(f'{name} {each:.1f} ms' for name, each in parts.items())}."


TABLES: dict[str, Callable[[Found], Iterator[str]]] = {
    "cost": _cost,
    "hold": _rounds,
    "stampede": _stampede,
    "growth": _rounds,
    "map": _seat_map,
    "viewers": _viewers,
    "idle": _idle,
    "soak": _soak,
    "peers": _peers,
}
SUMMARIES: dict[str, Callable[[Mapping[str, Found]], Iterator[str]]] = {"targets": _targets}
