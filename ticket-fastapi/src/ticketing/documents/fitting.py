"""Fits a text into its place on the page: it is measured, wrapped, set smaller, and only then shortened."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from reportlab.lib.colors import Color, HexColor
from reportlab.pdfbase.pdfmetrics import stringWidth

from ticketing.documents.fonts import REGULAR, runs

INK = HexColor("#1b1f3b")
_ELLIPSIS = "…"
ORDINARY_LENGTH = 80
"""Texts up to this length are measured whole first, since nearly all of them fit."""


@dataclass(frozen=True, slots=True)
class Style:
    """The size (in points), colour and font of a text."""

    size: float
    color: Color = INK
    font: str = REGULAR


@dataclass(frozen=True, slots=True)
class Setting:
    """One way to set a text: its size, how many lines it may take, and their distance; in points."""

    size: float
    lines: int = 1
    leading: float = 0


def text_width(text: str, style: Style) -> float:
    return _width(text, style.font, style.size)


# Most texts are measured again: while they are fitted, and for each seat of a booking.
@lru_cache(maxsize=4000)
def _width(text: str, font: str, size: float) -> float:
    return sum(float(stringWidth(piece, its_font, size)) for its_font, piece in runs(text, font))


def shorten(text: str, style: Style, width: float) -> str:
    """Returns `text`, cut with an ellipsis if it is wider than `width`."""
    if text_width(text, style) <= width:
        return text
    return _beginning(text, style, width, end=_ELLIPSIS).rstrip() + _ELLIPSIS


def wrap(text: str, style: Style, width: float, most_lines: int) -> list[str]:
    """Returns `text` in lines of at most `width`; breaks a long word, and cuts what does not fit the last line."""
    lines = _lines(text, style, width, most_lines + 1)
    if len(lines) > most_lines:
        # Together they are too wide, so that an ellipsis shows where the text is cut.
        lines[most_lines - 1 :] = [f"{lines[most_lines - 1]} {lines[most_lines]}"]
    return [shorten(line, style, width) for line in lines]


def fit(text: str, style: Style, settings: Sequence[Setting], width: float) -> tuple[Setting, Style, list[str]]:
    """Returns the first setting in which the whole text fits, else the last one, with its style and lines."""
    for setting in settings:
        sized = replace(style, size=setting.size)
        if len(_lines(text, sized, width, setting.lines + 1)) <= setting.lines:
            break
    return setting, sized, wrap(text, sized, width, setting.lines)


def _lines(text: str, style: Style, width: float, most: int) -> list[str]:
    """Returns the first `most` lines of `text`."""
    lines = [""]
    for word in _words(text, style, width):
        candidate = f"{lines[-1]} {word}".strip()
        if not lines[-1] or text_width(candidate, style) <= width:
            lines[-1] = candidate
        elif len(lines) == most:
            break
        else:
            lines.append(word)
    return lines


def _words(text: str, style: Style, width: float) -> Iterator[str]:
    for word in text.split():
        rest = word
        while rest:
            # Takes one character at least, so that the loop ends however narrow the place is.
            piece = _beginning(rest, style, width) or rest[0]
            yield piece
            rest = rest[len(piece) :]


def _beginning(text: str, style: Style, width: float, end: str = "") -> str:
    """Returns as much of `text` as fits into `width` together with `end`."""

    def width_of(length: int) -> float:
        return text_width(text[:length] + end, style)

    if len(text) <= ORDINARY_LENGTH and width_of(len(text)) <= width:
        return text
    beyond = 1
    while beyond < len(text) and width_of(beyond) <= width:
        beyond *= 2
    fitting = bisect_right(range(min(beyond, len(text)) + 1), width, key=width_of)
    return text[: max(fitting - 1, 0)]
