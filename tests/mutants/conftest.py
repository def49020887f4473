"""Says at the end of the run how many guards were taken out and how many of them were missed, file by file."""

from __future__ import annotations

import pytest

from tests.mutants.summary import lines


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Writes the summary; pytest calls this after the last test."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    outcomes = {report.nodeid: report.passed for report in reports if report.when == "call"}
    for line in lines(outcomes):
        terminalreporter.write_line(line)
