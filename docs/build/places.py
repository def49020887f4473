"""Where things are."""

from __future__ import annotations

from pathlib import Path

DOCS = Path(__file__).resolve().parents[1]
REPOSITORY = DOCS.parent
DIAGRAMS = DOCS / "diagrams"
# The typeface that the ticket service draws its documents with: one copy in the repository is enough.
FONTS = REPOSITORY / "ticket-fastapi" / "src" / "ticketing" / "documents" / "fonts"
