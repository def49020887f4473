"""One A4 page and the ways to draw on it. Lengths are points; y grows upwards."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from reportlab.lib.pagesizes import A4

from ticketing.documents.embedded_fonts import FontPart, embed, encode
from ticketing.documents.fitting import Color, Setting, Style, fit, hex_color, run_width, text_width
from ticketing.documents.fonts import BOLD, printable, runs
from ticketing.documents.pdf_file import PdfFile, number, stream, text_string
from ticketing.documents.qr_code import qr_code

WIDTH, HEIGHT = A4
MARGIN = 48.0
MUTED = hex_color("#6b7280")
LINE = hex_color("#e2e4ea")
PAPER = hex_color("#f7f7fb")
WHITE = hex_color("#ffffff")


LABEL = Style(7.5, MUTED)
BODY = Style(10)
STRONG = Style(10, font=BOLD)
FIELD = (Setting(10), Setting(8.5), Setting(7, 2, 8.5))

_CORNER = 0.5523
"""How far the control points of a quarter of a circle are from its ends, in radii."""


class Page:
    """A page that is being drawn; `finish` returns its file, which has the same bytes for the same content."""

    def __init__(self, title: str) -> None:
        self._title = printable(title)
        self._operators: list[str] = []
        self._fonts: dict[FontPart, None] = {}

    def finish(self) -> bytes:
        """Returns the PDF file."""
        file = PdfFile()
        fonts = "".join(f"/{part.name} {embed(file, part)} 0 R" for part in self._fonts)
        content = file.add(stream("\n".join(self._operators).encode()))
        pages = content + 2
        page = file.add(
            f"<</Type/Page/Parent {pages} 0 R/MediaBox[0 0 {number(WIDTH)} {number(HEIGHT)}]/Contents {content} 0 R"
            f"/Resources<</Font<<{fonts}>>>>>>".encode()
        )
        file.add(b"<</Type/Pages/Count 1/Kids[%d 0 R]>>" % page)
        return file.finish(
            catalog=file.add(b"<</Type/Catalog/Pages %d 0 R>>" % pages),
            properties=file.add(b"<</Author %s/Title %s>>" % (text_string("Ticketing"), text_string(self._title))),
        )

    def text(self, x: float, y: float, text: str, style: Style = BODY) -> None:
        """Writes from `x` to the right."""
        parts, pieces = _shown(text, style.font, style.size)
        self._fonts |= dict.fromkeys(parts)
        self._operators.append(f"{style.color} rg")
        self._operators += [f"BT {number(x + left)} {number(y)} Td {shown} ET" for left, shown in pieces]

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
        """Draws a thin horizontal line."""
        self._operators.append(f"{LINE} RG 0.8 w {number(left)} {number(y)} m {number(right)} {number(y)} l S")

    def perforation(self, x: float, top: float, bottom: float) -> None:
        """Draws a dotted vertical line."""
        line = f"{number(x)} {number(top)} m {number(x)} {number(bottom)} l S"
        self._operators.append(f"q {MUTED} RG 1 w [2 4] 0 d {line} Q")

    def band(self, x: float, y: float, width: float, height: float, fill: Color) -> None:
        """Fills a rectangle."""
        self._operators.append(f"{fill} rg {number(x)} {number(y)} {number(width)} {number(height)} re f")

    def panel(self, x: float, y: float, width: float, height: float, fill: Color, radius: float = 8) -> None:
        """Fills a rectangle with round corners."""
        self._operators.append(f"{fill} rg {_rounded(x, y, width, height, radius)} f")

    def qr_code(self, x: float, y: float, size: float, text: str) -> None:
        """Draws the QR code of `text`."""
        self._operators.append(qr_code(x, y, size, text))


# A page has many texts that other pages have too, and that are measured and written more than once.
@lru_cache(maxsize=4000)
def _shown(text: str, font: str, size: float) -> tuple[tuple[FontPart, ...], tuple[tuple[float, str], ...]]:
    """Returns the fonts of a text, and for each of its runs how far from the left it begins and how it is written."""
    parts: list[FontPart] = []
    pieces: list[tuple[float, str]] = []
    left = 0.0
    for its_font, run in runs(text, font):
        encoded = list(encode(run, its_font))
        parts += [part for part, _ in encoded]
        written = " ".join(f"/{part.name} {number(size)} Tf <{codes}> Tj" for part, codes in encoded)
        pieces.append((left, written))
        left += run_width(run, its_font, size)
    return tuple(parts), tuple(pieces)


def _rounded(x: float, y: float, width: float, height: float, radius: float) -> str:
    """Returns the path of a rectangle with round corners, counterclockwise from the lower left one."""
    right, top, handle = x + width, y + height, radius * (1 - _CORNER)

    def corner(*points: float) -> str:
        return f"{' '.join(map(number, points))} c"

    return " ".join(
        (
            f"{number(x + radius)} {number(y)} m {number(right - radius)} {number(y)} l",
            corner(right - handle, y, right, y + handle, right, y + radius),
            f"{number(right)} {number(top - radius)} l",
            corner(right, top - handle, right - handle, top, right - radius, top),
            f"{number(x + radius)} {number(top)} l",
            corner(x + handle, top, x, top - handle, x, top - radius),
            f"{number(x)} {number(y + radius)} l",
            corner(x, y + handle, x + handle, y, x + radius, y),
            "h",
        )
    )
