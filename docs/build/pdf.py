"""The reports as PDF: Markdown, through Typst, with the diagrams in it. Needs no network and no font of the machine."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import typst

from docs.build.markdown_to_typst import convert
from docs.build.places import DOCS, FONTS

TEMPLATE = DOCS / "build" / "report.typ"
# PDFs carry the time they were made; with this one, the same text makes the same file.
TIMESTAMP = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())


@dataclass(frozen=True)
class Front:
    """What stands on the title page, and the words that the page layout needs."""

    language: str
    title: str
    subtitle: str
    course: str
    kind: str
    contents: str
    figure: str


FRONTS = {
    "report": Front(
        "en",
        "Ticketing and reservation",
        "A platform that sells seats of other people's events and keeps its promises when things fail",
        "IF4031 – Distributed Application Development",
        "Project report",
        "Contents",
        "Figure",
    ),
    "report.id": Front(
        "id",
        "Ticketing dan reservasi",
        "Platform yang menjual kursi acara milik pihak lain dan menepati janjinya ketika terjadi kegagalan",
        "IF4031 – Pengembangan Aplikasi Terdistribusi",
        "Laporan proyek",
        "Daftar isi",
        "Gambar",
    ),
}


def write() -> None:
    """Makes `docs/report.pdf` and `docs/report.id.pdf`."""
    for name, front in FRONTS.items():
        text = convert((DOCS / f"{name}.md").read_text(encoding="utf-8"))
        source = f"#let front = json(bytes({json.dumps(json.dumps(asdict(front)))}))\n{TEMPLATE.read_text()}\n{text}"
        # Its stub ties the type of an output that is left out to that of the input.
        made = typst.compile(  # type: ignore[misc]
            source.encode(),
            root=str(DOCS),
            font_paths=[str(FONTS)],
            ignore_system_fonts=True,
            timestamp=TIMESTAMP,
        )
        if not isinstance(made, bytes):
            raise TypeError(f"{name}: expected one PDF")
        (DOCS / f"{name}.pdf").write_bytes(made)
