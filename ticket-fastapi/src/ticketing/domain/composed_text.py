"""Texts that are composed of others' texts, for receivers that take one line of a certain length."""

from __future__ import annotations

import unicodedata

_BREAKS = frozenset({"Cc", "Zl", "Zp"})
"""Unicode's control characters, line and paragraph separators."""


def one_line(text: str, longest: int) -> str:
    """`text` on one line of at most `longest` characters; an ellipsis stands for what is left out."""
    blanked = "".join(" " if unicodedata.category(character) in _BREAKS else character for character in text)
    line = " ".join(blanked.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"
