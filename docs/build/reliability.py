"""The table of docs/reliability.md: what `./dev bench bystander` measured last.

`docs/reliability.json` keeps what was measured.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from docs.build.places import DOCS, REPOSITORY, name_of

FILE = DOCS / "reliability.json"
DOCUMENT = DOCS / "reliability.md"
BLOCK = re.compile(r"(?<=<!-- measured:bystander -->\n)(?P<shown>.*?)(?=<!-- /measured -->)", re.DOTALL)
HEAD = (
    "| trouble | step | calm p50 / p95 (ms) | in trouble p50 / p95 (ms) | ratio of p95 | not done |",
    "|---|---|---|---|---|---|",
)


def write() -> None:
    """Stores what the last benchmark of this stack's home measured, if there is one, and writes the table."""
    home = Path(os.environ.get("TICKETING_HOME", REPOSITORY / ".dev"))
    measured = home / "bench" / "bystander.json"
    if measured.exists():
        FILE.write_text(measured.read_text(encoding="utf-8"), encoding="utf-8")
    text = DOCUMENT.read_text(encoding="utf-8")
    renewed = BLOCK.sub(lambda _: _table(), text)
    if renewed != text:
        DOCUMENT.write_text(renewed, encoding="utf-8")


def outdated() -> list[str]:
    """Whether the document shows another table than what is stored."""
    shown = BLOCK.search(DOCUMENT.read_text(encoding="utf-8"))
    return [] if shown and shown["shown"] == _table() else [f"{name_of(DOCUMENT)}: the table of the bystander"]


def _table() -> str:
    measured: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    conditions = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in measured["conditions"].items())
    return "\n".join((*HEAD, *_rows(measured["rows"]), "", f"Measured with {conditions}.", ""))


def _rows(rows: list[dict[str, Any]]) -> Iterator[str]:
    shown = ""
    for row in rows:
        name, shown = ("" if row["trouble"] == shown else row["trouble"]), row["trouble"]
        ratio = "–" if row["ratio"] is None else f"{row['ratio']:.1f}"
        cells = (name, row["step"], _spread(row["calm"]), _spread(row["troubled"]), ratio, str(len(row["not_done"])))
        yield f"| {' | '.join(cells)} |"


def _spread(spread: Mapping[str, float] | None) -> str:
    return "–" if spread is None else f"{spread['p50']:,.0f} / {spread['p95']:,.0f}"
