"""What is inside the PDF files: the QR code, the fonts, the properties."""

from __future__ import annotations

import subprocess
import sys
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
import ticketing.documents
import zxingcpp
from pypdf import PdfReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFontFace
from ticketing.documents.content import ConfirmationDocument, DocumentBooking, DocumentEvent, DocumentSeat
from ticketing.documents.fonts import BOLD, REGULAR, register_fonts
from ticketing.documents.page import Page
from ticketing.documents.qr_code import modules, squares
from ticketing.documents.render import render_now

STARTS = datetime(2026, 12, 19, 12, 30, tzinfo=UTC)
BOOKING = DocumentBooking(
    booking_id="7f1de2a4-55a0-4c39-9d6b-0a4a4f5f0001",
    buyer_name="Siti Rahmawati",
    event=DocumentEvent("Malam Gamelan", "Gedung Kesenian", ZoneInfo("Asia/Jakarta"), STARTS),
    seats=(DocumentSeat("Festival A", "C", "11", 750_000),),
    amount=750_000,
    currency="IDR",
    invoice_number="INV-2026-000123",
)
CONFIRMATION = ConfirmationDocument(BOOKING, f"ticket:{BOOKING.booking_id}", STARTS)
PIXELS, QUIET = 4, 4
"""How large a module is painted, and how many modules wide the white margin is."""
MOST_BYTES = 30_000
"""More than a file with two fonts has; each would be 8,000 bytes larger with its hinting."""
PAGE_BYTES = 15_000
"""More than the operators of a page have, and less than a font."""


def painted(rows: list[bytes]) -> memoryview:
    """Paints the squares of a QR code's path, as a viewer would."""
    side = (len(rows) + 2 * QUIET) * PIXELS
    image = bytearray(b"\xff" * side * side)
    for square in squares(rows):
        left, row, width = (int(part) for part in square.split()[:3])
        across = range((left + QUIET) * PIXELS, (left + width + QUIET) * PIXELS)
        along = range((row + QUIET) * PIXELS, (row + 1 + QUIET) * PIXELS)
        for y, x in product(along, across):
            image[y * side + x] = 0
    return memoryview(bytes(image)).cast("B", (side, side))


@pytest.mark.parametrize("text", [CONFIRMATION.check_in_text, "x", "TICKET 7f1de2a4 " * 8])
def test_a_reader_reads_the_code_that_is_drawn(text: str) -> None:
    (found,) = zxingcpp.read_barcodes(painted(modules(text)))
    assert (found.text, found.format) == (text, zxingcpp.BarcodeFormat.QRCode)


def test_the_process_that_renders_loads_nothing_of_the_service_but_its_documents() -> None:
    # The library runs the file of the worker's main module in that process, too.
    script = """
import runpy, sys
runpy.run_path(sys.argv[1], run_name="__mp_main__")
import ticketing.documents.render, ticketing.documents.confirmation, ticketing.documents.notice
print(*{module.partition(".")[0] for module in sys.modules})
"""
    main = Path(ticketing.documents.__file__).parents[1] / "worker" / "__main__.py"
    command = [sys.executable, "-c", script, str(main)]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert "reportlab" in loaded
    assert {"sqlalchemy", "asyncpg", "aiohttp", "minio"}.isdisjoint(loaded)


def fonts_of(content: bytes) -> dict[str, bytes]:
    """Returns the programs of the page's fonts, by their names without the parts of them."""
    (page,) = PdfReader(BytesIO(content)).pages
    named: Any = page["/Resources"]
    fonts = [font.get_object() for font in named["/Font"].values()]
    return {
        font["/BaseFont"].rpartition("+")[2]: font["/FontDescriptor"]["/FontFile2"].get_data()
        for font in fonts
        if "/FontDescriptor" in font
    }


def test_fonts_are_cut_and_compressed_once_for_all_pages() -> None:
    render_now(CONFIRMATION)
    with patch.object(TTFontFace, "makeSubset") as cut, patch("zlib.compress", wraps=zlib.compress) as compress:
        again = render_now(replace(CONFIRMATION, booking=replace(BOOKING, buyer_name="Budi Santoso")))
    assert not cut.called
    (page,) = compress.mock_calls
    assert len(page.args[0]) < PAGE_BYTES
    assert len(again) < MOST_BYTES


@pytest.mark.parametrize("name", [REGULAR, BOLD])
def test_fonts_have_no_hinting(name: str) -> None:
    # A viewer of PDFs draws outlines; the programs that fit them to a grid of few pixels would be half of each file.
    register_fonts()
    font: Any = pdfmetrics.getFont(name)
    assert {"cvt ", "fpgm", "prep"}.isdisjoint(font.face.table)


def test_a_page_with_other_characters_has_its_own_cut_of_the_fonts() -> None:
    greek = replace(CONFIRMATION, booking=replace(BOOKING, buyer_name="Ωμέγα"))
    before, other, after = (fonts_of(render_now(it)) for it in (CONFIRMATION, greek, CONFIRMATION))
    assert before == after
    assert before[BOLD] != other[BOLD]


def test_text_of_many_characters_can_be_copied() -> None:
    page = Page("A page")
    text = "".join(chr(code) for code in (*range(0x21, 0x7F), 0xE9, 0x2026, *range(0x100, 0x140), *range(0x410, 0x450)))
    page.text(40, 400, text)
    (copied,) = (only.extract_text() for only in PdfReader(BytesIO(page.finish())).pages)
    assert "".join(copied.split()) == text


def test_the_properties_name_the_document_in_any_script() -> None:
    event = replace(BOOKING.event, name="Zażółć (gęślą) 山田")
    found = PdfReader(BytesIO(render_now(replace(CONFIRMATION, booking=replace(BOOKING, event=event))))).metadata
    assert found is not None
    assert found.title == "Booking confirmation: Zażółć (gęślą) 山田"
    assert found.author == "Ticketing"
