"""The tables of measured figures in docs/reliability.md and docs/performance.md: what was measured last.

`docs/measured/` keeps what the benchmarks and `./dev fuzz` have found, and `docs/images/` their plots.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docs.build import performance_tables, reliability_tables
from docs.build.places import DOCS, REPOSITORY, name_of

MEASURED = DOCS / "measured"
IMAGES = DOCS / "images"
BLOCK = re.compile(r"(?<=<!-- measured:)(?P<name>\w+) -->\n(?P<shown>.*?)(?=<!-- /measured -->)", re.DOTALL)
Found = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Document:
    """A document, the tables in it by the benchmark that finds their figures, and those made of several benchmarks."""

    path: Path
    tables: Mapping[str, Callable[[Found], Iterator[str]]]
    summaries: Mapping[str, Callable[[Mapping[str, Found]], Iterator[str]]]


DOCUMENTS = (
    Document(DOCS / "reliability.md", reliability_tables.TABLES, {}),
    Document(DOCS / "performance.md", performance_tables.TABLES, performance_tables.SUMMARIES),
)
PLOTS = ("overload", "cost", "hold", "growth", "viewers")


def write() -> None:
    """Stores what the last benchmarks of this stack's home measured, if there are any, and writes the tables."""
    found = Path(os.environ.get("TICKETING_HOME", REPOSITORY / ".dev")) / "bench"
    for document in DOCUMENTS:
        for name in document.tables:
            if (found / f"{name}.json").exists():
                shutil.copyfile(found / f"{name}.json", MEASURED / f"{name}.json")
    for name in PLOTS:
        if (found / f"{name}.png").exists():
            shutil.copyfile(found / f"{name}.png", IMAGES / f"{name}.png")
    for document in DOCUMENTS:
        tables = _shown(document)
        text = document.path.read_text(encoding="utf-8")
        renewed = BLOCK.sub(lambda block, tables=tables: f"{block['name']} -->\n{tables[block['name']]}", text)  # type: ignore[misc]
        if renewed != text:
            document.path.write_text(renewed, encoding="utf-8")


def outdated() -> list[str]:
    """Which tables of the documents are other ones than those of what is stored."""
    found: list[str] = []
    for document in DOCUMENTS:
        text = document.path.read_text(encoding="utf-8")
        shown = {block["name"]: block["shown"] for block in BLOCK.finditer(text)}
        found += [
            f"{name_of(document.path)}: the table {name}"
            for name, table in _shown(document).items()
            if shown.get(name) != table
        ]
    return found


def _shown(document: Document) -> dict[str, str]:
    measured = {name: json.loads((MEASURED / f"{name}.json").read_text(encoding="utf-8")) for name in document.tables}
    tables = {
        name: [*table(measured[name]), "", f"Measured with {_conditions(measured[name])}."]
        for name, table in document.tables.items()
    }
    summaries = {name: list(summary(measured)) for name, summary in document.summaries.items()}
    return {name: "\n".join([*lines, ""]) for name, lines in {**tables, **summaries}.items()}


def _conditions(measured: Found) -> str:
    return ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in measured["conditions"].items())
