"""One A4 page and the ways to draw on it. Lengths are points; y grows upwards."""

from collections.abc import Sequence
from io import BytesIO

from reportlab import rl_config
from reportlab.lib.colors import Color, HexColor, white
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from ticketing.documents.fitting import Setting, Style, fit, text_width
from ticketing.documents.fonts import BOLD, printable, register_fonts, runs
from ticketing.documents.qr_code import draw_qr_code

# Compressed parts stay bytes; written as ASCII they would be a quarter longer.
rl_config.useA85 = 0

WIDTH, HEIGHT = A4
MARGIN = 48.0
MUTED = HexColor("#6b7280")
LINE = HexColor("#e2e4ea")
PAPER = HexColor("#f7f7fb")
WHITE = white


LABEL = Style(7.5, MUTED)
BODY = Style(10)
STRONG = Style(10, font=BOLD)
FIELD = (Setting(10), Setting(8.5), Setting(7, 2, 8.5))


class Page:
    """A page that is being drawn; `finish` returns its bytes, which are the same for the same content."""

    def __init__(self, title: str) -> None:
        register_fonts()
        self._buffer = BytesIO()
        # `invariant`: the file contains no time and no random id, so its SHA-256 depends on the content alone.
        self.canvas = Canvas(self._buffer, pagesize=A4, invariant=1, pageCompression=1)
        self.canvas.setTitle(printable(title))
        self.canvas.setAuthor("Ticketing")

    def finish(self) -> bytes:
        self.canvas.showPage()
        self.canvas.save()
        return self._buffer.getvalue()

    def text(self, x: float, y: float, text: str, style: Style = BODY) -> None:
        """Writes from `x` to the right."""
        self.canvas.setFillColor(style.color)
        for font, piece in runs(text, style.font):
            self.canvas.setFont(font, style.size)
            self.canvas.drawString(x, y, piece)
            x += stringWidth(piece, font, style.size)

    def text_right(self, x: float, y: float, text: str, style: Style = BODY) -> None:
        """Writes so that the text ends at `x`."""
        self.text(x - text_width(text, style), y, text, style)

    def lines(self, x: float, y: float, lines: list[str], style: Style, leading: float) -> float:
        """Writes lines below each other; returns the y of the next line."""
        for line in lines:
            self.text(x, y, line, style)
            y -= leading
        return y

    def fitted(self, x: float, y: float, text: str, style: Style, settings: Sequence[Setting], width: float) -> None:
        """Writes in the first of `settings` that fits; a single line is at `y`, several lines are centred on it."""
        setting, sized, lines = fit(text, style, settings, width)
        self.lines(x, y + setting.leading * (len(lines) - 1) / 2, lines, sized, setting.leading)

    def field(self, x: float, y: float, label: str, value: str, width: float) -> None:
        """Writes a small label and its value below, in a smaller size if the value is wider than `width`."""
        self.text(x, y, label.upper(), LABEL)
        self.fitted(x, y - 14, value, STRONG, FIELD, width)

    def rule(self, y: float, left: float = MARGIN, right: float = WIDTH - MARGIN) -> None:
        self.canvas.setStrokeColor(LINE)
        self.canvas.setLineWidth(0.8)
        self.canvas.line(left, y, right, y)

    def panel(self, x: float, y: float, width: float, height: float, fill: Color, radius: float = 8) -> None:
        self.canvas.setFillColor(fill)
        self.canvas.roundRect(x, y, width, height, radius, stroke=0, fill=1)

    def qr_code(self, x: float, y: float, size: float, text: str) -> None:
        draw_qr_code(self.canvas, x, y, size, text)
