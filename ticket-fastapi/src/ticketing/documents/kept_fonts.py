"""Fonts of ReportLab whose parts are cut, written and compressed once in each process.

A file contains only the characters of a font that it uses, with their widths and their meanings. ReportLab makes all of
it anew for each file, which takes longer than all else on a page; nearly all pages use the same characters, ASCII.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, cast

from reportlab.pdfbase.pdfdoc import PDFArray, PDFDocument, PDFObjectReference, PDFStream
from reportlab.pdfbase.ttfonts import TTFont, TTFontFace

MOST_PARTS = 64
"""How many cut parts are kept; each has some 20 KB."""


class KeptFont(TTFont):
    """A TrueType font for use in many files."""

    def __init__(self, name: str, file: str) -> None:
        super().__init__(name, file)
        self.face = _KeptFace(file)

    def addObjects(self, doc: PDFDocument) -> None:  # noqa: N802 - ReportLab's name
        """Adds the font to a file: one font of the file for each subset of at most 256 characters."""
        names = [self.getSubsetInternalName(number, doc)[1:] for number in range(len(self.state[doc].subsets))]
        super().addObjects(doc)
        objects: Any = doc.idToObject
        for name in names:
            font = objects["BasicFonts"].dict[name]
            font.Widths = _KeptNumbers(font.Widths.sequence)
            objects[font.ToUnicode.name].filters = [_COMPRESSED_ONCE]


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


class _KeptNumbers(PDFArray):
    """An array of numbers; equal arrays are written once."""

    def format(self, document: PDFDocument, IND: bytes = b"\n ") -> bytes:  # noqa: ARG002, N803 - ReportLab's names
        """Returns the array as it stands in a file."""
        return _written(tuple(self.sequence))


@lru_cache(MOST_PARTS)
def _written(numbers: tuple[float, ...]) -> bytes:
    return bytes(PDFArray(numbers).format(None))


class _CompressedOnce:
    """A filter of ReportLab's streams, with which equal contents are compressed once."""

    pdfname = "FlateDecode"

    def encode(self, content: bytes | str) -> bytes:
        return _compressed(content)


@lru_cache(MOST_PARTS)
def _compressed(content: bytes | str) -> bytes:
    return zlib.compress(content.encode() if isinstance(content, str) else content)


_COMPRESSED_ONCE: Any = _CompressedOnce()
