"""The tables of docs/reliability.md: what `./dev bench bystander`, `./dev bench overload` and `./dev fuzz` found last.

`docs/measured/` keeps what was measured.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from docs.build.places import DOCS, REPOSITORY, name_of

MEASURED = DOCS / "measured"
DOCUMENT = DOCS / "reliability.md"
PLOT = DOCS / "images" / "overload.png"
BLOCK = re.compile(r"(?<=<!-- measured:)(?P<name>\w+) -->\n(?P<shown>.*?)(?=<!-- /measured -->)", re.DOTALL)
BYSTANDER_HEAD = (
    "| trouble | step | calm p50 / p95 (ms) | in trouble p50 / p95 (ms) | ratio of p95 | not done |",
    "|---|---|---|---|---|---|",
)
OVERLOAD_HEAD = (
    "| arriving | accepted | of the peak | p95 (ms) | refused | p95 (ms) | told to come again | other answers |",
    "|---|---|---|---|---|---|---|---|",
)
FUZZ_HEAD = (
    "| document | operations | requests | answers of 5xx | other answers that the document does not allow | errors |",
    "|---|---|---|---|---|---|",
)
FUZZ_NUMBERS = ("operations", "cases", "server_errors", "violations", "not_sent")


def write() -> None:
    """Stores what the last benchmarks of this stack's home measured, if there are any, and writes the tables."""
    found = Path(os.environ.get("TICKETING_HOME", REPOSITORY / ".dev")) / "bench"
    for name in TABLES:
        if (found / f"{name}.json").exists():
            shutil.copyfile(found / f"{name}.json", MEASURED / f"{name}.json")
    if (found / "overload.png").exists():
        shutil.copyfile(found / "overload.png", PLOT)
    text = DOCUMENT.read_text(encoding="utf-8")
    renewed = BLOCK.sub(lambda block: f"{block['name']} -->\n{_table(block['name'])}", text)
    if renewed != text:
        DOCUMENT.write_text(renewed, encoding="utf-8")


def outdated() -> list[str]:
    """Which tables of the document are other ones than those of what is stored."""
    shown = {block["name"]: block["shown"] for block in BLOCK.finditer(DOCUMENT.read_text(encoding="utf-8"))}
    return [f"{name_of(DOCUMENT)}: the table {name}" for name in TABLES if shown.get(name) != _table(name)]


def _table(name: str) -> str:
    measured: dict[str, Any] = json.loads((MEASURED / f"{name}.json").read_text(encoding="utf-8"))
    conditions = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in measured["conditions"].items())
    return "\n".join((*TABLES[name](measured), "", f"Measured with {conditions}.", ""))


def _bystander(measured: Mapping[str, Any]) -> Iterator[str]:
    yield from BYSTANDER_HEAD
    shown = ""
    for row in measured["rows"]:
        name, shown = ("" if row["trouble"] == shown else row["trouble"]), row["trouble"]
        ratio = "–" if row["ratio"] is None else f"{row['ratio']:.1f}"
        cells = (name, row["step"], _spread(row["calm"]), _spread(row["troubled"]), ratio, str(len(row["not_done"])))
        yield f"| {' | '.join(cells)} |"


def _spread(spread: Mapping[str, float] | None) -> str:
    return "–" if spread is None else f"{spread['p50']:,.0f} / {spread['p95']:,.0f}"


def _overload(measured: Mapping[str, Any]) -> Iterator[str]:
    yield from OVERLOAD_HEAD
    for stage in measured["stages"]:
        cells = (
            f"{stage['multiple']:g} × peak, {stage['offered']:.0f} a second",
            f"{stage['accepted']:.1f} a second",
            f"{stage['accepted'] / measured['peak']:.0%}",
            f"{stage['accepted_p95']:,.0f}",
            f"{stage['refused']:.1f} a second",
            f"{stage['refused_p95']:,.0f}",
            f"{stage['told_to_retry']:.0%}" if stage["refused"] else "–",
            ", ".join(f"{name}: {number}" for name, number in stage["other"].items()) or "none",
        )
        yield f"| {' | '.join(cells)} |"
    calm, lost = measured["calm"], len(measured["lost"])
    yield ""
    yield (
        f"The peak was {measured['peak']:.1f} bookings a second, the calm p95 {calm['p95_before']:,.0f} ms; "
        f"it was calm again after {calm['seconds_until_calm']:.1f} s; lost bookings and broken rules: {lost}."
    )
    yield ""
    yield f"![Accepted and refused bookings over what arrives]({PLOT.relative_to(DOCS)})"


def _fuzz(measured: Mapping[str, Any]) -> Iterator[str]:
    yield from FUZZ_HEAD
    rows = [(row["document"], [row[name] for name in FUZZ_NUMBERS]) for row in measured["rows"]]
    for document, numbers in [*rows, ("all", [sum(column) for column in zip(*(row[1] for row in rows), strict=True)])]:
        yield f"| {' | '.join([document, *(f'{number:,}' for number in numbers)])} |"


TABLES: dict[str, Callable[[Mapping[str, Any]], Iterator[str]]] = {
    "bystander": _bystander,
    "overload": _overload,
    "fuzz": _fuzz,
}
