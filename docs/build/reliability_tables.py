"""The tables of docs/reliability.md: what `./dev bench bystander`, `./dev bench overload` and `./dev fuzz` found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

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
    yield "![Accepted and refused bookings over what arrives](images/overload.png)"


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
