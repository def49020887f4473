"""Where things are."""

from __future__ import annotations

from pathlib import Path

DOCS = Path(__file__).resolve().parents[1]
REPOSITORY = DOCS.parent
DIAGRAMS = DOCS / "diagrams"
REPORTS = (DOCS / "report.md", DOCS / "report.id.md")
# The typeface that the ticket service draws its documents with: one copy in the repository is enough.
FONTS = REPOSITORY / "ticket-fastapi" / "src" / "ticketing" / "documents" / "fonts"


def documents() -> list[Path]:
    """The Markdown that people read: at the root of the repository, and everything below `docs/`."""
    return [*sorted(REPOSITORY.glob("*.md")), *sorted(DOCS.rglob("*.md"))]


def name_of(path: Path) -> str:
    """The path as it is written in a message."""
    return path.relative_to(REPOSITORY).as_posix()
