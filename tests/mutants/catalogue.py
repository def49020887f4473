"""The list of mutants: one TOML file for each part of the platform, one table for each guard that is taken out.

A table is named after its guard and has `guard` (what the guard prevents), `file`, `find` (text that stands exactly
once in that file), `replace`, and `test` (pytest's name of the test that must fail, from the repository's root).
`find` and `replace` may also be lists of the same length, when one guard stands in several lines.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

CATALOGUE = Path(__file__).resolve().parent / "catalogue"
OF_ONE_FOLDER = ("client-django", "ticket-fastapi", "payment-aiohttp", "frontend-streamlit", "servicekit")
"""Folders whose tests run with their own settings; all other tests run at the root."""


class MutantError(Exception):
    """An entry of the catalogue does not fit the code any more."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One guard that is taken out; `changes` are pairs of a text in `file` and what replaces it."""

    name: str
    guard: str
    file: str
    changes: tuple[tuple[str, str], ...]
    test: str

    @property
    def folder(self) -> str:
        """The folder in which pytest runs, relative to the repository; `.` is the repository itself."""
        first = self.test.partition("/")[0]
        return first if first in OF_ONE_FOLDER else "."

    @property
    def test_in_folder(self) -> str:
        """The test's name as pytest knows it in `folder`."""
        return self.test if self.folder == "." else self.test.removeprefix(f"{self.folder}/")

    def applied_to(self, source: str) -> str:
        """Returns the source without the guard; MutantError if a text is not there exactly once."""
        for find, replacement in self.changes:
            if source.count(find) != 1:
                raise MutantError(f"{self.name}: {self.file} has {source.count(find)} times, not once: {find!r}")
            source = source.replace(find, replacement)
        return source


def mutants() -> list[Mutant]:
    """Returns the whole list, sorted by file and name."""
    return [
        _mutant(f"{path.stem}.{name}", table)
        for path in sorted(CATALOGUE.glob("*.toml"))
        for name, table in sorted(tomllib.loads(path.read_text("utf-8")).items())
    ]


def _mutant(name: str, table: dict[str, str | list[str]]) -> Mutant:
    finds, replacements = _texts(table["find"]), _texts(table["replace"])
    return Mutant(
        name=name,
        guard=str(table["guard"]),
        file=str(table["file"]),
        changes=tuple(zip(finds, replacements, strict=True)),
        test=str(table["test"]),
    )


def _texts(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
