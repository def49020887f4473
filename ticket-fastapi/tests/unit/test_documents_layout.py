"""The longest accepted texts, in any script, stay inside the margins and do not overlap."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from ticketing.documents.content import (
    ConfirmationDocument,
    Document,
    DocumentBooking,
    DocumentEvent,
    DocumentSeat,
    MoneyOutcome,
    NoticeDocument,
    NoticeReason,
)
from ticketing.documents.fitting import Style, text_width
from ticketing.documents.page import HEIGHT, MARGIN, WIDTH, Page
from ticketing.documents.plain import plain
from ticketing.documents.render import render_now

LENGTHS = {
    name: field["max_length"]
    for name, field in json.loads((Path(__file__).parents[3] / "contracts" / "text.json").read_text())["fields"].items()
}
LONGEST_NAME = ZoneInfo("Pacific/Chatham")
"""A zone without an abbreviation: its offset is written with hours and minutes."""
WRITINGS = {
    "wide letters": "W",
    "words": "Wahana malam ",
    "Chinese": "漢",
    "Arabic": "محمد ",
    "Thai": "กำ",
    "emoji": "🎉",
    "one character that becomes eighteen": "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}",
    "combining": "W\u0301\u0323",
    "narrow": "i",
}


@dataclass(frozen=True)
class Box:
    """The rectangle that a text occupies on the page."""

    text: str
    left: float
    bottom: float
    right: float
    top: float

    def overlaps(self, other: Box) -> bool:
        """Returns whether the two overlap by more than a rounding error."""
        across = min(self.right, other.right) - max(self.left, other.left)
        along = min(self.top, other.top) - max(self.bottom, other.bottom)
        return across > 0.1 and along > 0.1


def longest(writing: str, field: str) -> str:
    return (writing * LENGTHS[field])[: LENGTHS[field]].strip()


def fullest(writing: str) -> Iterator[Document]:
    event = DocumentEvent(
        longest(writing, "event.name"),
        longest(writing, "event.venue"),
        LONGEST_NAME,
        datetime(2026, 9, 29, 19, 30, tzinfo=UTC),
    )
    section, row = longest(writing, "seat.section"), longest(writing, "seat.row")
    seats = tuple(DocumentSeat(section, row, str(99_991 + place), 10**12) for place in range(10))
    booking = DocumentBooking(
        booking_id="7f1de2a4-55a0-4c39-9d6b-0a4a4f5f0001",
        buyer_name=longest(writing, "customer.name"),
        event=event,
        seats=seats,
        amount=10**13,
        currency="KWD",
        invoice_number="INV-2026-000123456",
    )
    yield ConfirmationDocument(booking, f"ticket:{booking.booking_id}", event.starts_at)
    for reason, money in zip(NoticeReason, [*MoneyOutcome] * 3, strict=True):
        yield NoticeDocument(booking, reason, money, event.starts_at)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Box]:
    """The boxes of all texts that are written to pages after this point."""
    boxes: list[Box] = []
    write = Page.text

    def note(self: Page, x: float, y: float, text: str, *style: Style) -> None:
        size = style[0].size if style else 10
        # From the descenders to the height of a capital letter.
        boxes.append(Box(text, x, y - 0.2 * size, x + text_width(text, *style or (Style(10),)), y + 0.73 * size))
        write(self, x, y, text, *style)

    monkeypatch.setattr(Page, "text", note)
    return boxes


def wrong_places(boxes: list[Box]) -> list[Any]:
    outside = [
        box
        for box in boxes
        if box.left < MARGIN - 0.1 or box.right > WIDTH - MARGIN + 0.1 or box.bottom < 0 or box.top > HEIGHT
    ]
    return [*outside, *((one, other) for one, other in combinations(boxes, 2) if one.overlaps(other))]


@pytest.mark.parametrize("writing", WRITINGS.values(), ids=WRITINGS.keys())
def test_the_longest_texts_stay_in_their_places(drawn: list[Box], writing: str) -> None:
    for document in fullest(writing):
        drawn.clear()
        render_now(document)
        assert len(drawn) > 50
        assert wrong_places(drawn) == []


def test_the_check_sees_an_overlap_and_a_text_beyond_the_margin(drawn: list[Box]) -> None:
    page = Page("A page")
    page.text(MARGIN, 300, "one below the other")
    page.text(MARGIN, 306, "too close")
    page.text(WIDTH - MARGIN - 5, 200, "beyond the margin")
    assert len(wrong_places(drawn)) == 2


@pytest.mark.parametrize("field", ["section", "row"])
def test_a_long_section_or_row_is_shown_whole(drawn: list[Box], field: str) -> None:
    text = {"section": "Tribune Utara Lantai Dua Sisi Kiri Dekat Pintu Masuk Nomor 7", "row": "MMMMMMMMM7"}[field]
    document = next(fullest("x"))
    (seat, *_) = document.booking.seats
    place = {"section": "A", "row": "A", field: text}
    seats = (replace(seat, section=place["section"], row=place["row"]),)
    render_now(replace(document, booking=replace(document.booking, seats=seats)))
    written = [box.text for box in drawn]
    assert "".join(text.split()) in "".join("".join(written).split())


def test_a_plain_document_has_no_character_that_needs_a_font_of_its_own() -> None:
    document = plain(next(fullest("漢")))
    booking = document.booking
    texts = [booking.buyer_name, booking.event.name, booking.event.venue]
    texts += [part for seat in booking.seats for part in (seat.section, seat.row)]
    assert {character for text in texts for character in text} == {"?"}
    assert render_now(document).startswith(b"%PDF")
