"""Fonts for names of the whole world.

DejaVu Sans, which comes along in `fonts/`, has Latin, Greek, Cyrillic and more. Chinese, Japanese and Korean use the
viewer's own fonts, as PDF foresees, since those files are too large to bring. What no font has becomes a box.
"""

import unicodedata
from functools import cache, lru_cache
from pathlib import Path
from typing import cast

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

from ticketing.documents.kept_fonts import KeptFont

REGULAR = "DejaVuSans"
BOLD = "DejaVuSans-Bold"
_CHINESE, _JAPANESE, _KOREAN = "STSong-Light", "HeiseiKakuGo-W5", "HYSMyeongJo-Medium"
_FOLDER = Path(__file__).parent / "fonts"
_MISSING = "\N{WHITE SQUARE}"
_LAST_OF_BASIC_PLANE = "\uffff"


@cache
def register_fonts() -> None:
    """Registers the fonts with ReportLab, once per process."""
    for name in (REGULAR, BOLD):
        pdfmetrics.registerFont(KeptFont(name, str(_FOLDER / f"{name}.ttf")))
    for name in (_CHINESE, _JAPANESE, _KOREAN):
        pdfmetrics.registerFont(UnicodeCIDFont(name))


@cache
def _covered(font: str) -> frozenset[int]:
    register_fonts()
    loaded = cast(TTFont, pdfmetrics.getFont(font))
    return frozenset(loaded.face.charToGlyph)


def printable(text: str) -> str:
    """Returns `text` on one line, without control characters and lone surrogates."""
    return " ".join("".join(" " if unicodedata.category(it).startswith("C") else it for it in text).split())


def runs(text: str, font: str) -> list[tuple[str, str]]:
    """Returns `text` in pieces, each with its font. White space and control characters become one blank."""
    return list(_runs(text, font))


# Most texts of a page are on every page.
@lru_cache(maxsize=4000)
def _runs(text: str, font: str) -> tuple[tuple[str, str], ...]:
    register_fonts()
    text = unicodedata.normalize("NFC", printable(text))
    asian = _asian_font(text)
    pieces: list[tuple[str, str]] = []
    for character in text:
        name, shown = _font_of(character, font, asian)
        if pieces and pieces[-1][0] == name:
            pieces[-1] = (name, pieces[-1][1] + shown)
        else:
            pieces.append((name, shown))
    return tuple(pieces)


@lru_cache(maxsize=10_000)
def _font_of(character: str, font: str, asian: str) -> tuple[str, str]:
    if ord(character) in _covered(font):
        return font, character
    if _is_asian(character):
        return asian, character
    plain = unicodedata.normalize("NFKD", character)
    if all(ord(part) in _covered(font) for part in plain):
        return font, plain
    return font, _MISSING


def _is_asian(character: str) -> bool:
    """Returns whether a PDF viewer's Asian fonts have the character: it is wide, and in the basic plane."""
    return unicodedata.east_asian_width(character) in "WF" and "\u2e80" <= character <= _LAST_OF_BASIC_PLANE


def _asian_font(text: str) -> str:
    """Returns the font of the text's language: kana are Japanese, hangul is Korean, other Han characters Chinese."""
    if any("\u3040" <= character <= "\u30ff" for character in text):
        return _JAPANESE
    if any("\u1100" <= character <= "\u11ff" or "\uac00" <= character <= "\ud7a3" for character in text):
        return _KOREAN
    return _CHINESE
