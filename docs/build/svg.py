"""A drawing of boxes, lines and words, as SVG. Sizes are pixels; texts are measured with the font of the print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from math import atan2, cos, hypot, pi, sin

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from docs.build.places import FONTS

FAMILY = "'DejaVu Sans', Verdana, Arial, sans-serif"
INK, SOFT, LINE, PAPER = "#1f2933", "#5b6672", "#475569", "#ffffff"
Point = tuple[float, float]

for _name in ("DejaVuSans", "DejaVuSans-Bold"):
    pdfmetrics.registerFont(TTFont(_name, str(FONTS / f"{_name}.ttf")))


def width_of(words: str, size: float, *, bold: bool = False) -> float:
    """How wide `words` are at a font size."""
    return float(pdfmetrics.stringWidth(words, "DejaVuSans-Bold" if bold else "DejaVuSans", size))


@dataclass(frozen=True)
class Look:
    """The colours of a box."""

    fill: str
    stroke: str


PERSON = Look("#fff4e6", "#c2701c")
OURS = Look("#e8f0fe", "#2f5fb3")
STORE = Look("#e7f6ee", "#2e7d54")
OTHER = Look("#f1f2f4", "#7b8794")
PLAIN = Look(PAPER, LINE)


@dataclass(frozen=True)
class Box:
    """A rectangle by its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def centre(self) -> Point:
        return self.x + self.width / 2, self.y + self.height / 2

    def edge_towards(self, target: Point, gap: float = 0) -> Point:
        """Where the line from the centre to `target` leaves the box, `gap` outside of it."""
        (x, y), (dx, dy) = self.centre, (target[0] - self.centre[0], target[1] - self.centre[1])
        scale = min(
            (self.width / 2 + gap) / abs(dx) if dx else float("inf"),
            (self.height / 2 + gap) / abs(dy) if dy else float("inf"),
        )
        return x + dx * scale, y + dy * scale


@dataclass
class Drawing:
    """What is drawn later lies on top."""

    width: float
    height: float
    title: str
    _parts: list[str] = field(default_factory=list)

    def text(
        self, at: Point, words: str, *, size: float = 12, colour: str = INK, bold: bool = False, anchor: str = "middle"
    ) -> None:
        style = f'fill="{colour}" text-anchor="{anchor}"' + (' font-weight="bold"' if bold else "")
        self._parts.append(f'<text x="{at[0]:.1f}" y="{at[1]:.1f}" font-size="{size:g}" {style}>{escape(words)}</text>')

    def rectangle(self, box: Box, look: Look, *, radius: float = 6, dashed: bool = False, stroke: float = 1.4) -> None:
        dash = ' stroke-dasharray="6 4"' if dashed else ""
        self._parts.append(
            f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="{radius:g}"'
            f' fill="{look.fill}" stroke="{look.stroke}" stroke-width="{stroke:g}"{dash}/>'
        )

    def cylinder(self, box: Box, look: Look) -> None:
        """A store of data."""
        x, y, width, height, lid = box.x, box.y, box.width, box.height, 7
        right, bottom, half = x + width, y + height, width / 2
        self._parts.append(
            f'<path d="M{x:.1f} {y + lid:.1f} A{half:.1f} {lid} 0 0 1 {right:.1f} {y + lid:.1f} V{bottom - lid:.1f}'
            f" A{half:.1f} {lid} 0 0 1 {x:.1f} {bottom - lid:.1f} Z M{x:.1f} {y + lid:.1f}"
            f' A{half:.1f} {lid} 0 0 0 {right:.1f} {y + lid:.1f}" fill="{look.fill}" stroke="{look.stroke}"'
            ' stroke-width="1.4"/>'
        )

    def card(self, box: Box, title: str, lines: Sequence[str], look: Look, *, store: bool = False) -> None:
        """A box with a name and some words about it."""
        (self.cylinder if store else self.rectangle)(box, look)
        y = box.y + (box.height - 15 * len(lines)) / 2 + 4 + (4 if store else 0)
        self.text((box.centre[0], y), title, size=12.5, bold=True)
        for number, line in enumerate(lines, 1):
            self.text((box.centre[0], y + 15 * number + 1), line, size=10.5, colour=SOFT)

    def line(self, points: Sequence[Point], *, colour: str = LINE, dashed: bool = False, width: float = 1.3) -> None:
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self._parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width:g}"{dash}/>')

    def arrow(self, points: Sequence[Point], *, colour: str = LINE, dashed: bool = False) -> None:
        """A line with a head at its end."""
        self.line(points, colour=colour, dashed=dashed)
        (x0, y0), (x, y) = points[-2], points[-1]
        angle = atan2(y - y0, x - x0)
        corners = [(x - 9 * cos(angle + turn), y - 9 * sin(angle + turn)) for turn in (-pi / 8, pi / 8)]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in [(x, y), *corners])
        self._parts.append(f'<polygon points="{path}" fill="{colour}"/>')

    def label(self, at: Point, lines: Sequence[str], *, size: float = 10.5, colour: str = INK) -> None:
        """Words on a patch of paper, so that they can lie on a line."""
        widest = max(width_of(line, size) for line in lines)
        height = len(lines) * (size + 2.5)
        patch = Box(at[0] - widest / 2 - 3, at[1] - height / 2, widest + 6, height)
        self._parts.append(
            f'<rect x="{patch.x:.1f}" y="{patch.y:.1f}" width="{patch.width:.1f}" height="{patch.height:.1f}"'
            f' fill="{PAPER}"/>'
        )
        for number, line in enumerate(lines):
            self.text((at[0], patch.y + (number + 1) * (size + 2.5) - 3.5), line, size=size, colour=colour)

    def dot(self, at: Point, radius: float = 5) -> None:
        self._parts.append(f'<circle cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="{radius:g}" fill="{INK}"/>')

    def svg(self) -> str:
        """The whole file."""
        size = f'width="{self.width:g}" height="{self.height:g}" viewBox="0 0 {self.width:g} {self.height:g}"'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="{FAMILY}" role="img">'
        paper = f'<rect width="{self.width:g}" height="{self.height:g}" fill="{PAPER}"/>'
        return "\n".join([head, f"<title>{escape(self.title)}</title>", paper, *self._parts, "</svg>", ""])


def beside(start: Point, end: Point, distance: float) -> tuple[Point, Point]:
    """The same line, moved to its left by `distance`."""
    length = hypot(end[0] - start[0], end[1] - start[1])
    dx, dy = (end[1] - start[1]) / length * distance, -(end[0] - start[0]) / length * distance
    return (start[0] + dx, start[1] + dy), (end[0] + dx, end[1] + dy)


def between(start: Point, end: Point, share: float = 0.5) -> Point:
    """A point on the line."""
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share
