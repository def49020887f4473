"""The parts that both documents share: the header, the facts of the booking, its seats."""

from datetime import datetime

from reportlab.lib.colors import Color, HexColor
from servicekit.money import format_money
from servicekit.times import format_moment

from ticketing.documents.content import DocumentBooking
from ticketing.documents.fitting import INK, Setting, Style, fit, text_width
from ticketing.documents.fonts import BOLD
from ticketing.documents.page import (
    BODY,
    HEIGHT,
    LABEL,
    MARGIN,
    MUTED,
    PAPER,
    STRONG,
    WHITE,
    WIDTH,
    Page,
)

HEADER_HEIGHT = 178.0
INNER = WIDTH - 2 * MARGIN
_PALE = HexColor("#d7d9f5")
_COLUMNS = (MARGIN + 14, MARGIN + 236, MARGIN + 312)
_TITLE = (Setting(23, 2, 28), Setting(15, 3, 18), Setting(12, 4, 14))
_VENUE = (Setting(10.5), Setting(8.5), Setting(7.5, 2, 9))
_CELL = (Setting(10), Setting(8.5), Setting(7, 2, 8.5))
_ROW_HEIGHT = 21.0


def draw_header(page: Page, booking: DocumentBooking, kind: str, badge: str, color: Color) -> None:
    """Draws a coloured band with the kind of document and the event."""
    page.canvas.setFillColor(color)
    page.canvas.rect(0, HEIGHT - HEADER_HEIGHT, WIDTH, HEADER_HEIGHT, stroke=0, fill=1)
    y = HEIGHT - 50
    page.text(MARGIN, y, kind.upper(), Style(9, _PALE, BOLD))
    _draw_badge(page, y, badge, color)
    setting, title, lines = fit(booking.event.name, Style(23, WHITE, BOLD), _TITLE, INNER)
    page.lines(MARGIN, y - 15 - setting.size, lines, title, setting.leading)
    starts = format_moment(booking.event.starts_at, booking.event.zone)
    page.text(MARGIN, HEIGHT - HEADER_HEIGHT + 38, starts, Style(10.5, WHITE))
    page.fitted(MARGIN, HEIGHT - HEADER_HEIGHT + 20, booking.event.venue, Style(10.5, _PALE), _VENUE, INNER)


def _draw_badge(page: Page, y: float, badge: str, color: Color) -> None:
    style = Style(8.5, color, BOLD)
    width = text_width(badge, style) + 20
    page.panel(WIDTH - MARGIN - width, y - 6, width, 20, WHITE, radius=10)
    page.text(WIDTH - MARGIN - width + 10, y + 1, badge, style)


def draw_particulars(page: Page, booking: DocumentBooking, issued_at: datetime, y: float, width: float) -> float:
    """Draws buyer, booking, invoice and date of issue; returns the y below."""
    page.field(MARGIN, y, "Booked by", booking.buyer_name, width)
    page.field(MARGIN, y - 40, "Booking", booking.booking_id, width)
    page.field(MARGIN, y - 80, "Invoice", booking.invoice_number or "none was made", width / 2 - 8)
    page.field(MARGIN + width / 2, y - 80, "Issued", format_moment(issued_at, booking.event.zone), width / 2)
    return y - 120


def draw_seats(page: Page, booking: DocumentBooking, y: float, total_label: str) -> float:
    """Draws a line for each seat with its price, and the total; returns the y below."""
    section, row, number = _COLUMNS
    right = WIDTH - MARGIN - 14
    page.panel(MARGIN, y - 8, INNER, 24, PAPER, radius=5)
    for x, label in ((section, "SECTION"), (row, "ROW"), (number, "SEAT")):
        page.text(x, y, label, LABEL)
    page.text_right(right, y, "PRICE", LABEL)
    for seat in booking.seats:
        y -= _ROW_HEIGHT
        page.fitted(section, y - 4, seat.section, BODY, _CELL, row - section - 10)
        page.fitted(row, y - 4, seat.row, BODY, _CELL, number - row - 10)
        page.text(number, y - 4, seat.number, STRONG)
        page.text_right(right, y - 4, format_money(seat.price, booking.currency), BODY)
        page.rule(y - 11)
    y -= _ROW_HEIGHT + 9
    count = len(booking.seats)
    page.text(section, y, f"{count} seat{'' if count == 1 else 's'}", Style(10, MUTED))
    total = format_money(booking.amount, booking.currency)
    page.text_right(right, y - 1, total, Style(14, INK, BOLD))
    page.text_right(right - text_width(total, Style(14, font=BOLD)) - 10, y, total_label, Style(10, MUTED))
    return y - 34


def draw_footer(page: Page, lines: list[str]) -> None:
    page.rule(MARGIN + 26)
    page.lines(MARGIN, MARGIN + 11, lines, Style(7.5, MUTED), 11)
