"""Fonts of ReportLab whose parts are cut and compressed once in each process.

A file contains only the characters of a font that it uses. ReportLab cuts and compresses them anew for each file, which
takes longer than all else on a page; nearly all pages use the same ones, ASCII.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, cast

from reportlab.pdfbase.pdfdoc import PDFDocument, PDFObjectReference, PDFStream
from reportlab.pdfbase.ttfonts import TTFont, TTFontFace

MOST_PARTS = 64
"""How many cut parts are kept; each has some 20 KB."""


class KeptFont(TTFont):
    """A TrueType font for use in many files."""

    def __init__(self, name: str, file: str) -> None:
        super().__init__(name, file)
        self.face = _KeptFace(file)


class _KeptFace(TTFontFace):
    def __init__(self, file: str) -> None:
        super().__init__(file)
        self._part = lru_cache(MOST_PARTS)(lambda characters: bytes(TTFontFace.makeSubset(self, list(characters))))

    def makeSubset(self, subset: Sequence[int]) -> bytes:  # noqa: N802 - ReportLab's name
        """Returns the font with the characters of `subset` alone."""
        return self._part(tuple(subset))

    def addSubsetObjects(self, doc: PDFDocument, fontname: str, subset: Sequence[int]) -> PDFObjectReference:  # noqa: N802
        """Adds the font to a file; its program is compressed already if an earlier file had the same one."""
        descriptor: PDFObjectReference = super().addSubsetObjects(doc, fontname, subset)  # type: ignore[no-untyped-call]
        program = cast(PDFStream, doc.idToObject[f"fontFile:{self.filename}({fontname})"])
        program.filters = [_COMPRESSED_ONCE]
        return descriptor


class _CompressedOnce:
    """A filter of ReportLab's streams, with which equal contents are compressed once."""

    pdfname = "FlateDecode"

    def encode(self, content: bytes) -> bytes:
        return _compressed(content)


@lru_cache(MOST_PARTS)
def _compressed(content: bytes) -> bytes:
    return zlib.compress(content)


_COMPRESSED_ONCE: Any = _CompressedOnce()
