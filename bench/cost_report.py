"""What `./dev bench cost` has found: tables, a JSON file and a plot."""

from __future__ import annotations

import statistics
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from bench.report import out, store

NAME = "cost"
PHASES = ("to AWAITING_PAYMENT", "paid to BOOKED, document, mail")


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase of one round; `processor_ms`, `commits` and `wal_kib` are per booking.

    `answered_per_second` counts the buyers' requests until the last answer, `finished_per_second` until all was done.
    """

    bookings: int
    answered_per_second: float
    finished_per_second: float
    median_ms: float
    processor_ms: dict[str, float]
    commits: float
    wal_kib: float

    @property
    def processor_ms_in_all(self) -> float:
        """The processor time of one booking in all processes."""
        return sum(self.processor_ms.values())


@dataclass(frozen=True, slots=True)
class Cost:
    """`idle` are parts of one core; `statements` are per booking, of single bookings one after the other.

    `statements` and `rows` hold both phases together.
    """

    rounds: list[tuple[Phase, Phase]]
    idle: dict[str, float]
    statements: dict[str, float]
    rows: dict[str, int]
    conditions: dict[str, Any]

    def median_ms(self, phase: int) -> dict[str, float]:
        """Returns the median processor time of each process in one of the two phases."""
        phases = [each[phase] for each in self.rounds]
        return {name: statistics.median(one.processor_ms[name] for one in phases) for name in phases[0].processor_ms}


def conclude(cost: Cost) -> None:
    """Prints the figures and stores them, with a plot."""
    table = Table("process", *PHASES, "idle", title=f"{NAME}: processor time of a booking, ms (median of the rounds)")
    first, second = (cost.median_ms(phase) for phase in (0, 1))
    for name in first:
        table.add_row(name, f"{first[name]:.2f}", f"{second[name]:.2f}", f"{cost.idle[name]:.2%}")
    table.add_section()
    table.add_row("all", *(_spread(cost, phase) for phase in (0, 1)), f"{sum(cost.idle.values()):.2%} of one core")
    for title, of in (("requests a second", "answered_per_second"), ("finished a second", "finished_per_second")):
        table.add_row(title, *(_range([getattr(each[phase], of) for each in cost.rounds], ".1f") for phase in (0, 1)))
    table.add_row("commits", *(_range([each[phase].commits for each in cost.rounds], ".1f") for phase in (0, 1)))
    table.add_row("KiB of log", *(_range([each[phase].wal_kib for each in cost.rounds], ".1f") for phase in (0, 1)))
    out.print(table)
    programs = ", ".join(f"{name} {number:g}" for name, number in cost.statements.items())
    out.print(f"statements of a paid booking: {sum(cost.statements.values()):.0f} ({programs})")
    out.print(f"rows of a paid booking: {sum(cost.rows.values())}")
    file = store(NAME, {"name": NAME, **asdict(cost)})
    _plot(first, second, file.with_suffix(".png"))
    out.print(f"[dim]{file}, {file.with_suffix('.png')}[/]")


def _spread(cost: Cost, phase: int) -> str:
    return _range([each[phase].processor_ms_in_all for each in cost.rounds], ".1f")


def _range(values: list[float], form: str) -> str:
    median = f"{statistics.median(values):{form}}"
    return median if len(values) == 1 else f"{median} ({min(values):{form}}–{max(values):{form}})"


def _plot(first: dict[str, float], second: dict[str, float], file: Path) -> None:
    """Draws the processor time of each process as a bar of both phases."""
    # Imported here, since the import takes a second that other commands of ./dev need not spend.
    import matplotlib as mpl  # noqa: PLC0415

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    names = list(first)
    figure, axes = plt.subplots(figsize=(8, 4), layout="constrained")
    axes.barh(names, list(first.values()), color="#0b6e4f", label=PHASES[0])
    axes.barh(names, list(second.values()), left=list(first.values()), color="#b5651d", label=PHASES[1])
    axes.invert_yaxis()
    axes.set(xlabel="processor time of one booking (ms)", title="What a booking costs")
    axes.legend(frameon=False)
    figure.savefig(file, dpi=120)
    plt.close(figure)
