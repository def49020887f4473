"""Reports figures: a table on the terminal, a JSON file and a plot below `TICKETING_HOME/bench`."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.figures import Figures

out = Console(highlight=False)


def show(figures: Figures) -> None:
    """Prints the figures, stores them, and prints where they are."""
    table = Table("round", figures.measured_title, figures.reference_title, "ratio R", title=figures.name)
    for number, each in enumerate(figures.rounds, 1):
        table.add_row(str(number), _rate(each.measured), _rate(each.reference), f"{each.ratio:.3f}")
    out.print(table)
    ratio = figures.ratio
    out.print(
        f"R = [bold]{ratio.median:.3f}[/] (median of {len(figures.rounds)}; {ratio.lowest:.3f}–{ratio.highest:.3f}, "
        f"interquartile range {ratio.lower_quartile:.3f}–{ratio.upper_quartile:.3f})"
    )
    conditions = ", ".join(f"{name} {value}" for name, value in figures.conditions.items())
    out.print(f"[dim]{conditions}[/]")
    file = store(figures.name, figures.as_json())
    plot = file.with_suffix(".png")
    _plot(figures, plot)
    out.print(f"[dim]{file}, {plot}[/]")


def bench_folder() -> Path:
    """Returns `TICKETING_HOME/bench`, where figures are stored and the stacks of benchmarks stand."""
    folder = Path(os.environ.get("TICKETING_HOME", ".dev")).resolve() / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def store(name: str, content: Mapping[str, Any]) -> Path:
    """Writes the figures of a benchmark as a JSON document below `TICKETING_HOME/bench`; returns its path."""
    file = bench_folder() / f"{name}.json"
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return file


def _rate(per_second: float) -> str:
    return f"{per_second:.0f}/s" if per_second >= 100 else f"{per_second:.3g}/s"


def _plot(figures: Figures, file: Path) -> None:
    # Imported here, since the import takes a second that other commands of ./dev need not spend.
    import matplotlib as mpl  # noqa: PLC0415

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    rounds = range(1, len(figures.rounds) + 1)
    figure, (rates, ratios) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    rates.plot(
        rounds, [each.reference for each in figures.rounds], "s-", color="#888888", label=figures.reference_title
    )
    rates.plot(rounds, [each.measured for each in figures.rounds], "o-", color="#0b6e4f", label=figures.measured_title)
    rates.set(xlabel="round", ylabel="per second", ylim=(0, None), xticks=list(rounds))
    rates.legend(frameon=False)
    ratios.plot(rounds, [each.ratio for each in figures.rounds], "o", color="#0b6e4f")
    ratios.axhline(figures.ratio.median, color="#0b6e4f", linewidth=1, label=f"median {figures.ratio.median:.3f}")
    ratios.set(xlabel="round", ylabel="ratio R", ylim=(0, None), xticks=list(rounds))
    ratios.legend(frameon=False)
    figure.suptitle(figures.name)
    figure.savefig(file, dpi=120)
    plt.close(figure)
