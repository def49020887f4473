"""The figures of a benchmark: a pair of rates per round, their ratio, and its spread."""

from __future__ import annotations

import statistics
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Round:
    """Two rates per second, measured one after the other; `reference` is the best that the machine can do."""

    measured: float
    reference: float

    @property
    def ratio(self) -> float:
        return self.measured / self.reference


@dataclass(frozen=True, slots=True)
class Spread:
    """The median, extremes and quartiles of the rounds."""

    median: float
    lowest: float
    highest: float
    lower_quartile: float
    upper_quartile: float

    @classmethod
    def of(cls, values: list[float]) -> Spread:
        low, _, high = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
        return cls(statistics.median(values), min(values), max(values), low, high)


@dataclass(frozen=True, slots=True)
class Figures:
    """All rounds of a benchmark; the titles name what the two rates count."""

    name: str
    measured_title: str
    reference_title: str
    rounds: list[Round]
    conditions: dict[str, Any]

    @property
    def ratio(self) -> Spread:
        return Spread.of([each.ratio for each in self.rounds])

    def as_json(self) -> dict[str, Any]:
        """Returns the figures as a JSON document, for the file beside the plot."""
        return {
            "name": self.name,
            "measured": self.measured_title,
            "reference": self.reference_title,
            "rounds": [{**asdict(each), "ratio": each.ratio} for each in self.rounds],
            "ratio": asdict(self.ratio),
            "conditions": self.conditions,
        }
