"""Reads the report that pytest writes: counts, failed tests, and reasons of skipped tests."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET


@dataclass(frozen=True)
class Count:
    """The number of tests with each outcome; an error counts as failed."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    @property
    def total(self) -> int:
        """The number of all tests."""
        return self.passed + self.failed + self.skipped

    def line(self) -> str:
        """Returns the last line of `./dev test`."""
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


@dataclass(frozen=True)
class Results:
    """The results of the tests of one or more sessions."""

    count: Count = Count()
    failed: tuple[str, ...] = ()
    """The failed tests, each with its file and name, and failures of the sessions themselves."""
    skipped: Counter[str] = field(default_factory=Counter)
    """The number of skipped tests for each reason."""

    def __add__(self, other: "Results") -> "Results":
        return Results(self.count + other.count, self.failed + other.failed, self.skipped + other.skipped)

    def summary(self) -> str:
        """Returns a line for each failed test and each reason of a skip; an empty text if all tests passed."""
        lines = [f"  {number} × {reason}" for reason, number in self.skipped.most_common()]
        if lines:
            lines.insert(0, "Skipped:")
        if self.failed:
            lines += ["Failed:", *(f"  {name}" for name in self.failed)]
        return "".join(f"{line}\n" for line in lines)


def read(report: Path, folder: str) -> Results:
    """Reads the results from a JUnit report (pytest's `xunit1`, which names files); no results if there is no report.

    `folder` is where pytest ran, for the names of the tests.
    """
    try:
        suites = list(ET.parse(report).iter("testsuite"))  # noqa: S314 - written by our own pytest just now
    except (OSError, ET.ParseError):
        return Results()
    numbers = {name: sum(int(s.get(name, "0")) for s in suites) for name in ("tests", "failures", "errors", "skipped")}
    failed = numbers["failures"] + numbers["errors"]
    count = Count(max(0, numbers["tests"] - failed - numbers["skipped"]), failed, numbers["skipped"])
    cases = [case for suite in suites for case in suite.iter("testcase")]
    reasons = Counter(_reason(why) for case in cases for why in case.iter("skipped"))
    return Results(count, tuple(_name(case, folder) for case in cases if _has_failed(case)), reasons)


def _reason(skipped: ET.Element) -> str:
    return skipped.get("message", "").partition("\n")[0] or "no reason given"


def _has_failed(case: ET.Element) -> bool:
    return case.find("failure") is not None or case.find("error") is not None


def _name(case: ET.Element, folder: str) -> str:
    file = Path(folder) / case.get("file", case.get("classname", ""))
    return f"{file}::{case.get('name')}"
