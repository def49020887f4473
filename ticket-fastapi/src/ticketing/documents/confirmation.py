"""The confirmation of a BOOKED booking, which the buyer shows at the entrance."""

from reportlab.lib.colors import HexColor

from ticketing.documents.content import ConfirmationDocument
from ticketing.documents.fitting import INK, Style
from ticketing.documents.fonts import BOLD
from ticketing.documents.page import HEIGHT, MARGIN, MUTED, WIDTH, Page
from ticketing.documents.parts import HEADER_HEIGHT, INNER, draw_footer, draw_header, draw_particulars, draw_seats

_COLOR = HexColor("#3730a3")
_QR_SIZE = 124.0
_STUB_WIDTH = _QR_SIZE + 34


def render_confirmation(document: ConfirmationDocument) -> bytes:
    """Returns one A4 page; the same document always gives the same bytes."""
    booking = document.booking
    page = Page(f"Booking confirmation: {booking.event.name}")
    draw_header(page, booking, "Booking confirmation", "CONFIRMED · PAID", _COLOR)
    top = HEIGHT - HEADER_HEIGHT - 34
    y = draw_particulars(page, booking, document.issued_at, top, INNER - _STUB_WIDTH - 24)
    _draw_stub(page, top, document.check_in_text)
    y = draw_seats(page, booking, min(y, top - _QR_SIZE - 42) - 20, "Paid in total")
    page.text(MARGIN, y, "At the entrance", Style(10.5, INK, BOLD))
    advice = [
        "Show the code above, on paper or on your screen. One scan lets in everybody on this booking,",
        "so come together. Whoever has this page can use it: do not share a picture of the code.",
    ]
    page.lines(MARGIN, y - 17, advice, Style(9, MUTED), 13)
    draw_footer(
        page,
        [
            "The organizer holds your seats under this booking number. To cancel, open the booking in your account.",
            "This page confirms a payment already made; it is not a request to pay.",
        ],
    )
    return page.finish()


def _draw_stub(page: Page, top: float, check_in_text: str) -> None:
    """Draws the QR code beside a perforation, like the stub of a paper ticket."""
    left = WIDTH - MARGIN - _QR_SIZE
    page.qr_code(left, top + 8 - _QR_SIZE, _QR_SIZE, check_in_text)
    page.text(left, top - _QR_SIZE - 14, "Scan at the entrance", Style(8, MUTED))
    page.canvas.setStrokeColor(MUTED)
    page.canvas.setDash(2, 4)
    page.canvas.line(left - 26, top + 12, left - 26, top - _QR_SIZE - 18)
    page.canvas.setDash()
