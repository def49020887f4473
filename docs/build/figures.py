"""The figures that the documents quote: a machine counts them and writes them into the text.

A document marks the place: `<!-- figure:tests.all -->2,200<!-- /figure -->`.
`docs/figures.json` keeps what was counted.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from docs.build import counting
from docs.build.counting import Counted, Sessions
from docs.build.places import DOCS, documents, name_of
from postman.build import figures as collection
from postman.build.openapi import operations
from tests.mutants.catalogue import mutants

FILE = DOCS / "figures.json"
MARK = re.compile(r"(?P<open><!-- figure:(?P<name>[\w.-]+) -->)(?P<shown>[^<]*)(?P<close><!-- /figure -->)")
DRIFT = 0.05
"""How far the number of tests may be from the one that is shown; the documents say "about"."""


def write() -> None:
    """Counts everything, stores it and writes it into the documents."""
    sessions = counting.count_tests(_stored_sessions())
    figures = {**counting.figures(sessions), **read_figures()}
    content = {
        "figures": dict(sorted(figures.items())),
        "sessions": {title: asdict(found) for title, found in sorted(sessions.items())},
    }
    FILE.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    for path in documents():
        text = path.read_text(encoding="utf-8")
        if (renewed := _filled(path, text, figures)) != text:
            path.write_text(renewed, encoding="utf-8")


def outdated() -> list[str]:
    """What the documents quote wrongly, without counting tests: their numbers are compared with the stored ones."""
    return list(_wrong({**_stored_figures(), **read_figures()}))


def miscounted() -> list[str]:
    """The figures whose number of tests has changed by more than `DRIFT` since it was stored."""
    stored = _stored_figures()
    now = counting.figures(counting.count_tests(_stored_sessions()))
    return [
        f"{name}: {count} tests, {name_of(FILE)} says {stored.get(name, 'nothing')}"
        for name, count in now.items()
        if abs(count - stored.get(name, 0)) > DRIFT * count
    ]


def read_figures() -> dict[str, int]:
    """The figures that need no counting of tests: `operations.<service>` and `operations.all` of the OpenAPI documents,
    `postman.<what>` of the collection, and `mutants`, the entries of the list of guards.
    """
    by_service = Counter(operation.service for operation in operations())
    found = collection.figures()
    return {
        **{f"operations.{service}": count for service, count in by_service.items()},
        "operations.all": found.operations,
        "postman.requests": found.requests,
        "postman.assertions": found.assertions,
        "postman.operations": found.covered,
        "mutants": len(mutants()),
    }


def shown(name: str, count: int, language: str) -> str:
    """A figure as a document shows it: numbers of tests with two digits that count, thousands parted as people do."""
    if name.startswith("tests.") and count >= 100:
        step = 10 ** (len(str(count)) - 2)
        count = round(count / step) * step
    return f"{count:,}".replace(",", "." if language == "id" else ",")


def _wrong(figures: Mapping[str, int]) -> Iterator[str]:
    for path in documents():
        for mark in MARK.finditer(path.read_text(encoding="utf-8")):
            right = shown(mark["name"], _value(path, mark["name"], figures), _language(path))
            if mark["shown"] != right:
                yield f"{name_of(path)}: {mark['name']} is {right}, the text says {mark['shown']}"


def _filled(path: Path, text: str, figures: Mapping[str, int]) -> str:
    def fill(mark: re.Match[str]) -> str:
        value = shown(mark["name"], _value(path, mark["name"], figures), _language(path))
        return f"{mark['open']}{value}{mark['close']}"

    return MARK.sub(fill, text)


def _value(path: Path, name: str, figures: Mapping[str, int]) -> int:
    if name not in figures:
        raise SystemExit(f"{name_of(path)} quotes {name}, which nobody counts; there are: {', '.join(figures)}.")
    return figures[name]


def _language(path: Path) -> str:
    return "id" if path.name.endswith(".id.md") else "en"


def _stored() -> dict[str, Any]:
    if not FILE.exists():
        return {}
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def _stored_figures() -> dict[str, int]:
    found: dict[str, int] = _stored().get("figures", {})
    return found


def _stored_sessions() -> Sessions:
    return {title: Counted(**found) for title, found in _stored().get("sessions", {}).items()}
