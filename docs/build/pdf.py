"""The reports as PDF: Markdown, through Typst, with the diagrams in it. Needs no network and no font of the machine."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import typst
from pypdf import PdfReader

from docs.build import pages
from docs.build.markdown_to_typst import convert
from docs.build.places import DIAGRAMS, DOCS, FONTS, REPORTS, name_of

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
        "Sistem Tiket dan Reservasi",
        "Platform penjualan kursi acara milik pihak lain yang tetap benar ketika terjadi kegagalan",
        "IF4031 – Pengembangan Aplikasi Terdistribusi",
        "Laporan Proyek",
        "Daftar Isi",
        "Gambar",
    ),
}


def write() -> None:
    """Makes `docs/report.pdf` and `docs/report.id.pdf`; raises SystemExit when a page would be nearly empty."""
    for report in REPORTS:
        source = _source(report)
        pages.require_full(name_of(report), _compiled(source, "png"))
        _pdf(report).write_bytes(_compiled(source, "pdf")[0])


def outdated() -> list[str]:
    """The PDFs that were made from another text, layout or drawing than those of now."""
    return [name_of(_pdf(report)) for report in REPORTS if _digest_in(_pdf(report)) != _digest(report)]


def _pdf(report: Path) -> Path:
    return report.with_suffix(".pdf")


def _source(report: Path) -> str:
    front = {**asdict(FRONTS[report.stem]), "digest": _digest(report)}
    head = f"#let front = json(bytes({json.dumps(json.dumps(front))}))"
    return f"{head}\n{TEMPLATE.read_text(encoding='utf-8')}\n{convert(report.read_text(encoding='utf-8'))}"


def _digest(report: Path) -> str:
    """Of all that a PDF is made from; the PDF carries it, so that an old one is told from a new one anywhere."""
    found = hashlib.sha256(repr(FRONTS[report.stem]).encode())
    for path in (report, TEMPLATE, *sorted(DIAGRAMS.glob("*.svg"))):
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


def _digest_in(pdf: Path) -> str:
    if not pdf.exists():
        return ""
    metadata = PdfReader(pdf).metadata
    return metadata.keywords or "" if metadata else ""


def _compiled(source: str, output: Literal["pdf", "png"]) -> list[bytes]:
    """One PDF, or a picture of each page."""
    # Its stub ties the type of an output that is left out to that of the input.
    made: bytes | list[bytes] | None = typst.compile(  # type: ignore[misc]
        source.encode(),
        root=str(DOCS),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        timestamp=TIMESTAMP,
        format=output,
        ppi=pages.PIXELS_PER_INCH,
    )
    return made if isinstance(made, list) else [bytes(made or b"")]
