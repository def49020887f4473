"""What is inside the PDF files: the QR code, the fonts, the properties."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import zxingcpp
from pypdf import PdfReader
from ticketing.documents import embedded_fonts
from ticketing.documents.content import ConfirmationDocument, DocumentBooking, DocumentEvent, DocumentSeat
from ticketing.documents.fonts import BOLD, REGULAR, register_fonts
from ticketing.documents.page import Page
from ticketing.documents.qr_code import qr_code
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


def painted(operators: str) -> memoryview:
    """Paints the squares of a QR code's path, as a viewer would."""
    scale = re.search(r"([\d.]+) 0 0 -[\d.]+ ", operators)
    assert scale
    modules = round(100 / float(scale[1]))
    side = (modules + 2 * QUIET) * PIXELS
    image = bytearray(b"\xff" * side * side)
    for left, row, width in re.findall(r"(\d+) (\d+) (\d+) 1 re", operators):
        across = range((int(left) + QUIET) * PIXELS, (int(left) + int(width) + QUIET) * PIXELS)
        along = range((int(row) + QUIET) * PIXELS, (int(row) + 1 + QUIET) * PIXELS)
        for y, x in product(along, across):
            image[y * side + x] = 0
    return memoryview(bytes(image)).cast("B", (side, side))


@pytest.mark.parametrize("text", [CONFIRMATION.check_in_text, "x", "TICKET 7f1de2a4 " * 8])
def test_a_reader_reads_the_code_that_is_drawn(text: str) -> None:
    (found,) = zxingcpp.read_barcodes(painted(qr_code(50, 60, 100, text)))
    assert (found.text, found.format) == (text, zxingcpp.BarcodeFormat.QRCode)


def fonts_of(content: bytes) -> dict[str, int]:
    """Returns the fonts of the page, and how many bytes of each are in the file."""
    (page,) = PdfReader(BytesIO(content)).pages
    resources: Any = page["/Resources"]
    fonts = {name: font.get_object() for name, font in resources["/Font"].items()}
    return {
        name.removeprefix("/"): len(font["/FontDescriptor"]["/FontFile2"].get_data())
        for name, font in fonts.items()
        if "/FontDescriptor" in font
    }


def test_an_ordinary_page_has_only_the_first_block_of_both_fonts() -> None:
    booking = replace(BOOKING, buyer_name="Renée Müller – “Zoé”", currency="EUR")
    content = render_now(replace(CONFIRMATION, booking=booking))
    assert set(fonts_of(content)) == {f"{REGULAR}-0", f"{BOLD}-0"}
    assert len(content) < 60_000


def test_the_bytes_of_a_font_are_the_same_on_every_page() -> None:
    greek = replace(CONFIRMATION, booking=replace(BOOKING, buyer_name="Ωμέγα"))
    ordinary, other = fonts_of(render_now(CONFIRMATION)), fonts_of(render_now(greek))
    assert ordinary.items() < other.items()


@pytest.mark.parametrize("font", [REGULAR, BOLD])
def test_every_character_has_one_place_and_is_found_there(font: str) -> None:
    register_fonts()
    for code in (*range(0x20, 0x7F), *range(0xA0, 0x250), 0x2026, 0x20AC, 0x1D400):
        ((part, codes),) = embedded_fonts.encode(chr(code), font)
        assert part.block is not None
        assert embedded_fonts._characters(part.block)[int(codes, 16)] == chr(code)


def test_text_of_every_block_can_be_copied() -> None:
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
