"""What `./dev bench overload` has found: its figures, as a table, a JSON file and a plot."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from bench.report import out, store

NAME = "overload"


@dataclass(frozen=True, slots=True)
class Stage:
    """What became of the bookings that arrived at one rate; rates are per second, times in milliseconds.

    `told_to_retry` is the part of the refused that were told when to come again.
    """

    multiple: float
    offered: float
    accepted: float
    refused: float
    told_to_retry: float
    other: dict[str, int]
    accepted_p95: float
    refused_p95: float


@dataclass(frozen=True, slots=True)
class Calm:
    """Of single bookings, one after the other: their p95 before and the seconds until they were so quick again."""

    p95_before: float
    seconds_until_calm: float


@dataclass(frozen=True, slots=True)
class Findings:
    """`peak` is in bookings per second; `lost` are accepted bookings that are gone, and broken rules."""

    peak: float
    stages: list[Stage]
    calm: Calm
    lost: list[str]
    conditions: dict[str, Any]


def conclude(found: Findings) -> None:
    """Prints a table, and stores what was found, with a plot."""
    peak, stages, calm, lost = found.peak, found.stages, found.calm, found.lost
    table = Table("arriving", "accepted", "of the peak", "p95", "refused", "p95", "told to retry", "other", title=NAME)
    for stage in stages:
        table.add_row(
            f"{stage.multiple:g} × peak = {stage.offered:.0f}/s",
            f"{stage.accepted:.1f}/s",
            f"{stage.accepted / peak:.0%}",
            f"{stage.accepted_p95:.0f} ms",
            f"{stage.refused:.1f}/s",
            f"{stage.refused_p95:.0f} ms",
            f"{stage.told_to_retry:.0%}",
            ", ".join(f"{name} {number}" for name, number in stage.other.items()),
        )
    out.print(table)
    part = f"{stages[-1].accepted / peak:.0%}"
    out.print(
        f"peak [bold]{peak:.1f}/s[/], at {stages[-1].multiple:g} times as much [bold]{part}[/] of it; "
        f"calm again after {calm.seconds_until_calm:.1f} s; {len(lost)} lost or broken"
    )
    for each in lost[:20]:
        out.print(f"  {each}")
    file = store(NAME, {"name": NAME, **asdict(found)})
    _plot(peak, stages, file.with_suffix(".png"))
    out.print(f"[dim]{file}, {file.with_suffix('.png')}[/]")


def _plot(peak: float, stages: list[Stage], file: Path) -> None:
    """Draws what was accepted and refused, and how long it took, over what arrived."""
    # Imported here, since the import takes a second that other commands of ./dev need not spend.
    import matplotlib as mpl  # noqa: PLC0415

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    arriving = [stage.offered for stage in stages]
    figure, (rates, times) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    rates.plot(arriving, [stage.accepted for stage in stages], "o-", color="#0b6e4f", label="accepted")
    rates.plot(arriving, [stage.refused for stage in stages], "s-", color="#b5651d", label="refused with 503")
    rates.axhline(peak, color="#888888", linewidth=1, label=f"peak {peak:.0f}/s")
    rates.set(xlabel="arriving per second", ylabel="answered per second", ylim=(0, None), xlim=(0, None))
    rates.legend(frameon=False)
    times.plot(arriving, [stage.accepted_p95 for stage in stages], "o-", color="#0b6e4f", label="accepted")
    times.plot(arriving, [stage.refused_p95 for stage in stages], "s-", color="#b5651d", label="refused with 503")
    times.set(xlabel="arriving per second", ylabel="p95 of the answer (ms)", ylim=(0, None), xlim=(0, None))
    times.legend(frameon=False)
    figure.suptitle("Bookings through client, when more arrive than can be made")
    figure.savefig(file, dpi=120)
    plt.close(figure)
