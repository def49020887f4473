"""Prose of the documents: one sentence a line, so that a change shows as what it is; and links that lead somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from docs.build.places import documents, name_of

FENCE = re.compile(r"^\s*(```|~~~)")
NOT_PROSE = re.compile(r"^\s*(\||#|<|\[[^\]]+\]:)")
MARKER = re.compile(r"^\s*(?:[-*]|\d+\.) +")
SENTENCE_END = re.compile(r"(?<!\be\.g)(?<!\bi\.e)(?<!\bvs)(?<!\bmis)(?<!\bdsb)[.!?][)\"”*_]* +(?=[(\"“*_\[]*[A-Z])")
LINK = re.compile(r"\]\((?!\w+:|#)(?P<target>[^)#\s]+)(?:#[^)\s]*)?\)")


def faults() -> list[str]:
    """Lines with more than one sentence, and links to files that do not exist."""
    return [fault for path in documents() for fault in (*_crowded_lines(path), *_dead_links(path))]


def prose_lines(text: str) -> Iterator[tuple[int, str]]:
    """Number and text of every line that is prose: no code, no table, no heading, no comment."""
    in_code = False
    for number, line in enumerate(text.splitlines(), 1):
        if FENCE.match(line):
            in_code = not in_code
        elif not in_code and not NOT_PROSE.match(line):
            yield number, MARKER.sub("", line)


def has_two_sentences(line: str) -> bool:
    """Whether a sentence ends inside the line and another begins; code in it is not looked at."""
    return SENTENCE_END.search(re.sub(r"`[^`]*`", "code", line)) is not None


def _crowded_lines(path: Path) -> Iterator[str]:
    for number, line in prose_lines(path.read_text(encoding="utf-8")):
        if has_two_sentences(line):
            yield f"{name_of(path)}:{number}: one sentence a line"


def _dead_links(path: Path) -> Iterator[str]:
    for link in LINK.finditer(path.read_text(encoding="utf-8")):
        if not (path.parent / link["target"]).exists():
            yield f"{name_of(path)}: {link['target']} does not exist"
