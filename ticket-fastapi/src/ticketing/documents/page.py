"""One A4 page and the few ways we write on it. Lengths are points, y grows upwards."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO

from reportlab.graphics import renderPDF
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import Color, HexColor, white
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from ticketing.documents.fonts import BOLD, REGULAR, printable, register_fonts, runs

WIDTH, HEIGHT = A4
MARGIN = 48.0
INK = HexColor("#1b1f3b")
MUTED = HexColor("#6b7280")
LINE = HexColor("#e2e4ea")
PAPER = HexColor("#f7f7fb")
WHITE = white
_ELLIPSIS = "…"
_ZONE_NAMES = {0: "UTC", 7: "WIB", 8: "WITA", 9: "WIT"}


@dataclass(frozen=True, slots=True)
class Style:
    size: float
    color: Color = INK
    font: str = REGULAR


LABEL = Style(7.5, MUTED)
BODY = Style(10)
STRONG = Style(10, font=BOLD)


class Page:
    """A page in the making; `finish` gives its bytes, the same for the same content."""

    def __init__(self, title: str) -> None:
        register_fonts()
        self._buffer = BytesIO()
        # Invariant: no clock and no chance in the file, so that its SHA-256 depends on the content alone.
        self.canvas = Canvas(self._buffer, pagesize=A4, invariant=1, pageCompression=1)
        self.canvas.setTitle(printable(title))
        self.canvas.setAuthor("Ticketing")

    def finish(self) -> bytes:
        self.canvas.showPage()
        self.canvas.save()
        return self._buffer.getvalue()

    def text(self, x: float, y: float, text: str, style: Style = BODY) -> None:
        """Write from `x` to the right."""
        self.canvas.setFillColor(style.color)
        for font, piece in runs(text, style.font):
            self.canvas.setFont(font, style.size)
            self.canvas.drawString(x, y, piece)
            x += stringWidth(piece, font, style.size)

    def text_right(self, x: float, y: float, text: str, style: Style = BODY) -> None:
        """Write so that the text ends at `x`."""
        self.text(x - text_width(text, style), y, text, style)

    def lines(self, x: float, y: float, lines: list[str], style: Style, leading: float) -> float:
        """Write lines below each other; gives the y where the next one would stand."""
        for line in lines:
            self.text(x, y, line, style)
            y -= leading
        return y

    def field(self, x: float, y: float, label: str, value: str, width: float) -> None:
        """A small label with its value under it, shortened to `width`."""
        self.text(x, y, label.upper(), LABEL)
        self.text(x, y - 14, shorten(value, STRONG, width), STRONG)

    def rule(self, y: float, left: float = MARGIN, right: float = WIDTH - MARGIN) -> None:
        self.canvas.setStrokeColor(LINE)
        self.canvas.setLineWidth(0.8)
        self.canvas.line(left, y, right, y)

    def panel(self, x: float, y: float, width: float, height: float, fill: Color, radius: float = 8) -> None:
        self.canvas.setFillColor(fill)
        self.canvas.roundRect(x, y, width, height, radius, stroke=0, fill=1)

    def qr_code(self, x: float, y: float, size: float, text: str) -> None:
        drawing = Drawing(size, size)
        drawing.add(QrCodeWidget(text, barWidth=size, barHeight=size, barLevel="M", barBorder=0))
        renderPDF.draw(drawing, self.canvas, x, y)


def text_width(text: str, style: Style) -> float:
    return sum(float(stringWidth(piece, font, style.size)) for font, piece in runs(text, style.font))


def shorten(text: str, style: Style, width: float) -> str:
    """`text`, cut with an ellipsis if it is wider than `width`."""
    if text_width(text, style) <= width:
        return text
    fitting = bisect_right(range(len(text)), width, key=lambda length: text_width(text[:length] + _ELLIPSIS, style))
    return text[: max(fitting - 1, 0)].rstrip() + _ELLIPSIS


def wrap(text: str, style: Style, width: float, most_lines: int) -> list[str]:
    """`text` in lines of at most `width`; a word too long is cut, and what does not fit the last line is left out."""
    lines: list[str] = []
    current = ""
    words = text.split()
    for position, word in enumerate(words):
        candidate = f"{current} {word}".strip()
        if not current or text_width(candidate, style) <= width:
            current = candidate
        elif len(lines) == most_lines - 1:
            current = " ".join([current, *words[position:]])
            break
        else:
            lines.append(current)
            current = word
    return [shorten(line, style, width) for line in [*lines, current]]


def day(moment: datetime) -> str:
    return f"{moment:%A}, {moment.day} {moment:%B %Y}"


def clock(moment: datetime) -> str:
    return f"{moment:%H:%M} {_zone(moment)}"


def _zone(moment: datetime) -> str:
    hours = (moment.utcoffset() or timedelta()) / timedelta(hours=1)
    if hours in _ZONE_NAMES:
        return _ZONE_NAMES[int(hours)]
    minutes = round(abs(hours) * 60)
    return f"UTC{'+' if hours > 0 else '-'}{minutes // 60:02}:{minutes % 60:02}"
