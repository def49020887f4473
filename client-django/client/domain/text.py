"""Texts with one line: names, titles, mail subjects (contracts/text.json)."""

import unicodedata

# Control characters, line separator, paragraph separator: whatever ends a line or cannot be printed.
BREAKING = frozenset({"Cc", "Zl", "Zp"})


def has_one_line(value: str) -> bool:
    return not any(unicodedata.category(character) in BREAKING for character in value)


def on_one_line(value: str) -> str:
    """The same words on one line: a break or control character becomes a space, and several spaces become one."""
    printable = (" " if unicodedata.category(each) in BREAKING else each for each in value)
    return " ".join("".join(printable).split())
