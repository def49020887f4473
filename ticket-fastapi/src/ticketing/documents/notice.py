"""The notice about a booking that ended without seats: why it ended and what happens to the money."""

from reportlab.lib.colors import HexColor
from servicekit.money import format_money

from ticketing.documents.content import MoneyOutcome, NoticeDocument, NoticeReason
from ticketing.documents.fitting import INK, Style, wrap
from ticketing.documents.fonts import BOLD
from ticketing.documents.page import HEIGHT, MARGIN, MUTED, Page
from ticketing.documents.parts import HEADER_HEIGHT, INNER, draw_footer, draw_header, draw_particulars, draw_seats

_COLOR = HexColor("#8a3b12")
_PANEL = HexColor("#fdf4ec")
_BADGES = {
    NoticeReason.HOLD_EXPIRED: "EXPIRED",
    NoticeReason.BUYER: "CANCELLED",
    NoticeReason.STAFF: "CANCELLED",
    NoticeReason.EVENT_CANCELLED: "CANCELLED",
}
_REASONS = {
    NoticeReason.SEAT_UNAVAILABLE: "Somebody else was faster: at least one of the seats was already taken.",
    NoticeReason.ORGANIZER_DECLINED: "The organizer of the event declined to hold these seats for you.",
    NoticeReason.ORGANIZER_UNREACHABLE: "The organizer's system did not answer, so the seats were not certain.",
    NoticeReason.INVOICE_UNAVAILABLE: "We could not make an invoice for your booking, so there was no way to pay.",
    NoticeReason.PAYMENT_FAILED: "The payment did not go through.",
    NoticeReason.HOLD_EXPIRED: "The time to pay ran out before a payment was made.",
    NoticeReason.BUYER: "You cancelled this booking.",
    NoticeReason.STAFF: "Our staff cancelled this booking.",
    NoticeReason.EVENT_CANCELLED: "The organizer cancelled the event.",
}
_TEXT = Style(10.5, INK)


def render_notice(document: NoticeDocument) -> bytes:
    """Returns one A4 page; the same document always gives the same bytes."""
    booking = document.booking
    badge = _BADGES.get(document.reason, "FAILED")
    page = Page(f"Booking {badge.lower()}: {booking.event.name}")
    draw_header(page, booking, "Notice about your booking", badge, _COLOR)
    y = _draw_explanation(page, document, HEIGHT - HEADER_HEIGHT - 26)
    y = draw_particulars(page, booking, document.issued_at, y - 34, INNER)
    draw_seats(page, booking, y - 6, "Price in total")
    draw_footer(
        page, ["This page is not a ticket and gives no entry. The seats may have gone to somebody else by now."]
    )
    return page.finish()


def _draw_explanation(page: Page, document: NoticeDocument, top: float) -> float:
    """Draws a panel with what happened, also to the money; returns its lower edge."""
    height = 136.0
    page.panel(MARGIN, top - height, INNER, height, _PANEL)
    left, width = MARGIN + 18, INNER - 36
    paragraphs = (("What happened", _REASONS[document.reason]), ("Your money", money_words(document)))
    y = top - 26
    for heading, words in paragraphs:
        page.text(left, y, heading, Style(9, MUTED, BOLD))
        page.lines(left, y - 17, wrap(words, _TEXT, width, 2), _TEXT, 15)
        y -= 60
    return top - height


def money_words(document: NoticeDocument) -> str:
    """Returns a sentence or two about the buyer's money."""
    total = format_money(document.booking.amount, document.booking.currency)
    match document.money:
        case MoneyOutcome.NOT_CHARGED:
            return "Nothing was charged, and nothing will be: you owe nothing for this booking."
        case MoneyOutcome.REFUND_PENDING:
            return f"You paid {total}. We are sending all of it back to you; you need not do anything."
        case MoneyOutcome.REFUNDED:
            return f"You paid {total}. All of it has been sent back to you."
