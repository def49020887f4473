"""The package that the services share knows no rule of the business, so no word of it may stand there."""

import re
from pathlib import Path

BUSINESS = (
    *("seat", "booking", "ticket", "invoice", "organizer", "waitlist", "concert", "venue", "buyer", "customer"),
    *("payment", "refund", "promotion", "admission"),
)
_WORD = re.compile(rf"(?<![a-z])({'|'.join(BUSINESS)})s?(?![a-z])", re.IGNORECASE)
"""Also as a part of a name, between underscores or other signs."""


def found(folder: Path) -> list[str]:
    """Every business word in the Python files below `folder`, a line for each: file, line number, word."""
    return [
        f"{file.relative_to(folder)}:{number}: {match.group()}"
        for file in sorted(folder.rglob("*.py"))
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        for match in _WORD.finditer(line)
    ]
