"""Finds words of the business in the package that the services share, which must contain none."""

import re
from pathlib import Path

BUSINESS = (
    *("seat", "booking", "ticket", "invoice", "organizer", "waitlist", "concert", "venue", "buyer", "customer"),
    *("payment", "refund", "promotion", "admission"),
)
_WORD = re.compile(rf"(?<![a-z])({'|'.join(BUSINESS)})s?(?![a-z])", re.IGNORECASE)
"""Matches a word also as a part of a name, between underscores or other signs."""


def found(folder: Path) -> list[str]:
    """Returns a line for each business word in the Python files below `folder`: file, line number, word."""
    return [
        f"{file.relative_to(folder)}:{number}: {match.group()}"
        for file in sorted(folder.rglob("*.py"))
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        for match in _WORD.finditer(line)
    ]
