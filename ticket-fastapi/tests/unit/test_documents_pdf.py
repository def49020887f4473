"""Confirmations and notices, read with a PDF reader."""

import pickle
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from pypdf import PageObject, PdfReader
from ticketing.documents.content import (
    ConfirmationDocument,
    DocumentBooking,
    DocumentEvent,
    DocumentSeat,
    MoneyOutcome,
    NoticeDocument,
    NoticeReason,
)
from ticketing.documents.fitting import shorten, text_width, wrap
from ticketing.documents.fonts import BOLD, REGULAR, runs
from ticketing.documents.page import BODY
from ticketing.documents.render import render, render_now

JAKARTA = ZoneInfo("Asia/Jakarta")
ISSUED = datetime(2026, 11, 23, 6, 5, tzinfo=UTC)
SEATS = tuple(DocumentSeat("Festival A", "C", str(number), 750_000) for number in range(11, 21))
BOOKING = DocumentBooking(
    booking_id="7f1de2a4-55a0-4c39-9d6b-0a4a4f5f0001",
    buyer_name="Siti Rahmawati",
    event=DocumentEvent(
        "Malam Gamelan", "Gedung Kesenian Jakarta", JAKARTA, datetime(2026, 12, 19, 12, 30, tzinfo=UTC)
    ),
    seats=SEATS[:3],
    amount=2_250_000,
    currency="IDR",
    invoice_number="INV-2026-000123",
)
CONFIRMATION = ConfirmationDocument(BOOKING, "TICKET 7f1de2a4", ISSUED)
NOTICE = NoticeDocument(BOOKING, NoticeReason.PAYMENT_FAILED, MoneyOutcome.NOT_CHARGED, ISSUED)


def only_page(content: bytes) -> PageObject:
    pages = PdfReader(BytesIO(content)).pages
    assert len(pages) == 1
    return pages[0]


def text_of(content: bytes) -> str:
    return " ".join(only_page(content).extract_text().split())


def test_a_confirmation_shows_all_facts_for_buyer_and_entrance() -> None:
    text = text_of(render_now(CONFIRMATION))
    for part in (
        "Malam Gamelan",
        "Gedung Kesenian Jakarta",
        "Sat 19 Dec 2026, 19:30 WIB",
        "Siti Rahmawati",
        BOOKING.booking_id,
        "INV-2026-000123",
        "Mon 23 Nov 2026, 13:05 WIB",
        "Festival A C 11 Rp750.000",
        "Festival A C 13 Rp750.000",
        "3 seats",
        "Rp2.250.000",
    ):
        assert part in text


def test_money_is_written_in_the_events_currency() -> None:
    booking = replace(BOOKING, currency="USD", amount=2_250_000)
    assert "$22,500.00" in text_of(render_now(replace(CONFIRMATION, booking=booking)))


def test_ten_seats_fit_on_one_a4_page_of_either_kind() -> None:
    booking = replace(BOOKING, seats=SEATS)
    for document in (replace(CONFIRMATION, booking=booking), replace(NOTICE, booking=booking)):
        page = only_page(render_now(document))
        assert (round(page.mediabox.width), round(page.mediabox.height)) == (595, 842)
        assert "Festival A C 20" in " ".join(page.extract_text().split())


@pytest.mark.parametrize("count", [0, 11])
def test_a_document_has_one_to_ten_seats(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 10 seats"):
        replace(BOOKING, seats=(SEATS + SEATS)[:count])


@pytest.mark.parametrize("document", [CONFIRMATION, NOTICE])
def test_the_same_document_gives_the_same_bytes_whatever_was_rendered_before(
    document: ConfirmationDocument | NoticeDocument,
) -> None:
    first = render_now(document)
    render_now(replace(document, booking=replace(BOOKING, buyer_name="Žofie Łucja Nguyễn 山田")))
    assert render_now(document) == first


def test_another_process_gives_the_same_bytes() -> None:
    plan = (
        "import sys, pickle; from hashlib import sha256; from ticketing.documents.render import render_now;"
        "print(sha256(render_now(pickle.load(sys.stdin.buffer))).hexdigest())"
    )
    command = [sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}; {plan}"]
    printed = subprocess.run(command, input=pickle.dumps(CONFIRMATION), capture_output=True, check=True).stdout
    assert printed.decode().strip() == sha256(render_now(CONFIRMATION)).hexdigest()


def test_another_content_gives_other_bytes() -> None:
    other = replace(CONFIRMATION, check_in_text="TICKET 00000000")
    assert render_now(other) != render_now(CONFIRMATION), "the QR code must depend on its text"


@pytest.mark.parametrize(
    "name", ["<b>Rina</b> & Co. <script>", "Łukasz Dvořák", "Nguyễn Thị Hòa", "Жанна Ωμέγα", 'O\'Neil "Q" %s {x} \\n']
)
def test_a_name_is_printed_as_it_is(name: str) -> None:
    document = replace(CONFIRMATION, booking=replace(BOOKING, buyer_name=name))
    assert name in text_of(render_now(document))


@pytest.mark.parametrize(
    "name", ["", " ", "🎉", "\x00\x07", "\ud800", "山田太郎", "김철수", "陈伟", "محمد", "\U0002070e", "é" * 500]
)
def test_no_name_breaks_a_document(name: str) -> None:
    event = replace(BOOKING.event, name=name, venue=name)
    seats = (DocumentSeat(name, name, name, 1),)
    booking = replace(BOOKING, buyer_name=name, event=event, seats=seats, invoice_number=name, booking_id=name)
    for document in (replace(CONFIRMATION, booking=booking), replace(NOTICE, booking=booking)):
        only_page(render_now(document))


def test_characters_without_a_glyph_become_their_plain_form_or_a_box() -> None:
    assert runs("a🎉b", REGULAR) == [(REGULAR, "a□b")]
    assert runs("ﬃ①", BOLD) in ([(BOLD, "ﬃ1")], [(BOLD, "ffi1")], [(BOLD, "ﬃ①")])
    assert runs("line\nbreak\t\x00x", REGULAR) == [(REGULAR, "line break x")]


def test_asian_names_use_the_font_of_their_language() -> None:
    assert runs("Taro 山田", REGULAR) == [(REGULAR, "Taro "), ("STSong-Light", "山田")]
    assert runs("山田のり", REGULAR) == [("HeiseiKakuGo-W5", "山田のり")]
    assert runs("김철수", REGULAR) == [("HYSMyeongJo-Medium", "김철수")]


def test_long_text_is_wrapped_and_shortened_to_its_width() -> None:
    lines = wrap("An evening of music and dance with " + "very " * 60 + "many friends", BODY, 200, 2)
    assert len(lines) == 2
    assert lines[1].endswith("…")
    assert all(text_width(line, BODY) <= 200 for line in [*lines, *wrap("x" * 300, BODY, 200, 2)])
    assert shorten("short", BODY, 200) == "short"
    assert wrap("one two", BODY, 200, 2) == ["one two"]


def test_a_long_event_name_leaves_the_rest_of_the_page_alone() -> None:
    booking = replace(BOOKING, event=replace(BOOKING.event, name="Festival " * 40, venue="Hall " * 60))
    text = text_of(render_now(replace(CONFIRMATION, booking=booking)))
    assert "Sat 19 Dec 2026, 19:30 WIB" in text
    assert "Rp2.250.000" in text


@pytest.mark.parametrize(("reason", "money"), list(product(NoticeReason, MoneyOutcome)))
def test_a_notice_shows_the_reason_and_what_happens_to_the_money(reason: NoticeReason, money: MoneyOutcome) -> None:
    text = text_of(render_now(replace(NOTICE, reason=reason, money=money)))
    assert reason.value not in text, "plain words, not codes"
    assert {
        MoneyOutcome.NOT_CHARGED: "Nothing was charged",
        MoneyOutcome.REFUND_PENDING: "We are sending all of it back",
        MoneyOutcome.REFUNDED: "has been sent back",
    }[money] in text
    badge = {"HOLD_EXPIRED": "EXPIRED", "BUYER": "CANCELLED", "STAFF": "CANCELLED", "EVENT_CANCELLED": "CANCELLED"}
    assert badge.get(reason.value, "FAILED") in text
    assert "not a ticket" in text


def test_a_notice_without_an_invoice_says_so() -> None:
    booking = replace(BOOKING, invoice_number=None)
    assert "none was made" in text_of(render_now(replace(NOTICE, booking=booking)))


async def test_rendering_away_from_the_event_loop_gives_the_same_bytes() -> None:
    assert await render(CONFIRMATION) == render_now(CONFIRMATION)
    assert await render(NOTICE) == render_now(NOTICE)
