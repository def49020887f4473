"""The fonts inside a PDF file, in parts that are made once in each process.

A font with all its characters would be far larger than a page. Its characters are therefore divided into blocks of
128, and a file contains the blocks that it uses, each as a font of its own with one byte per character. Most pages need
the first block alone: ASCII, and in place of its control characters what is often seen beside it. The other blocks are
128 code points in a row. A block does not depend on the page, so each process makes and compresses it once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby
from typing import Any, cast

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase._cidfontdata import CIDFontInfo
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

from ticketing.documents.fonts import BOLD, REGULAR
from ticketing.documents.pdf_file import PdfFile, number, stream

_BLOCK_SIZE = 128
_OFTEN_SEEN = "·…–—‘’“”•€£¥°×ÄÖÜßàáäçèéíñóöøúüý"
_FIRST_BLOCK = f"{_OFTEN_SEEN}{''.join(map(chr, range(len(_OFTEN_SEEN), _BLOCK_SIZE)))}"
_SYMBOLIC, _NONSYMBOLIC = 4, 32
"""Flags of a font descriptor: the codes of a block are its own, so each block is symbolic."""


@dataclass(frozen=True, slots=True)
class FontPart:
    """A font of the file: one block of DejaVu Sans, or (`block` is None) an Asian font, which the viewer has."""

    font: str
    block: int | None = None

    @property
    def name(self) -> str:
        """The name under which a page refers to it."""
        return self.font if self.block is None else f"{self.font}-{self.block}"


def encode(text: str, font: str) -> Iterator[tuple[FontPart, str]]:
    """Returns `text`, all of whose characters `font` has, in pieces: each with its font, as hexadecimal codes."""
    if font not in (REGULAR, BOLD):
        yield FontPart(font), text.encode("utf-16-be").hex()
        return
    for block, placed in groupby(map(_place, text), lambda place: place[0]):
        yield FontPart(font, block), bytes(code for _, code in placed).hex()


@lru_cache(maxsize=10_000)
def _place(character: str) -> tuple[int, int]:
    """Returns the block of a character, and its code there."""
    code = _FIRST_BLOCK.find(character)
    return (0, code) if code >= 0 else divmod(ord(character), _BLOCK_SIZE)


def _characters(block: int) -> str:
    """Returns the characters of a block, in the order of their codes."""
    first = block * _BLOCK_SIZE
    return "".join(map(chr, range(first, first + _BLOCK_SIZE))) if block else _FIRST_BLOCK


def embed(file: PdfFile, part: FontPart) -> int:
    """Adds the font to the file; returns its object's number."""
    if part.block is None:
        descriptor, descendant, font = _asian(part.font)
        return file.add(font % file.add(descendant % file.add(descriptor)))
    program, to_unicode, descriptor, font = _block(part.font, part.block)
    return file.add(font % (file.add(descriptor % file.add(program)), file.add(to_unicode)))


@cache
def _block(font: str, block: int) -> tuple[bytes, bytes, bytes, bytes]:
    """Returns the objects of a block; `%d` in the last two stands for the number of an object before."""
    face = cast(TTFont, pdfmetrics.getFont(font)).face
    characters = _characters(block)
    codes = [ord(character) for character in characters]
    # A name of its own for each block: six capital letters before the name of the font (ISO 32000-1, 9.6.4).
    tag = "".join(chr(ord("A") + block // 26**place % 26) for place in reversed(range(6)))
    name = f"{tag}+{font}"
    program = bytes(face.makeSubset(codes))
    box = " ".join(number(edge) for edge in face.bbox)
    widths = " ".join(number(face.charWidths.get(code, face.defaultWidth)) for code in codes)
    descriptor = (
        f"<</Type/FontDescriptor/FontName/{name}/Flags {face.flags & ~_NONSYMBOLIC | _SYMBOLIC}/FontBBox[{box}]"
        f"/Ascent {number(face.ascent)}/Descent {number(face.descent)}/CapHeight {number(face.capHeight)}"
        f"/ItalicAngle {number(face.italicAngle)}/StemV {number(face.stemV)}"
        f"/MissingWidth {number(face.defaultWidth)}/FontFile2 %d 0 R>>"
    )
    font_object = (
        f"<</Type/Font/Subtype/TrueType/BaseFont/{name}/FirstChar 0/LastChar {_BLOCK_SIZE - 1}/Widths[{widths}]"
        "/FontDescriptor %d 0 R/ToUnicode %d 0 R>>"
    )
    return (
        stream(program, f"/Length1 {len(program)}"),
        stream(_to_unicode(name, characters).encode()),
        descriptor.encode(),
        font_object.encode(),
    )


def _to_unicode(name: str, characters: str) -> str:
    """Returns the table with which viewers copy and find text."""
    half = _BLOCK_SIZE // 2
    lines = [f"<{code:02X}><{it.encode('utf-16-be').hex()}>" for code, it in enumerate(characters)]
    # A list may have a hundred entries at most.
    lists = [f"{half} beginbfchar\n{chr(10).join(part)}\nendbfchar" for part in (lines[:half], lines[half:])]
    return "\n".join(
        (
            "/CIDInit/ProcSet findresource begin 12 dict begin begincmap",
            "/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def",
            f"/CMapName/{name} def/CMapType 2 def",
            f"1 begincodespacerange<00><{_BLOCK_SIZE - 1:02X}>endcodespacerange",
            *lists,
            "endcmap CMapName currentdict/CMap defineresource pop end end",
        )
    )


@cache
def _asian(font: str) -> tuple[bytes, bytes, bytes]:
    """Returns the objects of a font that the file only names; `%d` stands for the number of the object before."""
    # ReportLab has the properties of these fonts as a dictionary, in which texts are written as PDF writes them.
    properties = CIDFontInfo[font]
    (descendant,) = properties["DescendantFonts"]
    encoding = f"/{UnicodeCIDFont(font).encodingName}"
    return (
        _written(descendant["FontDescriptor"]).encode(),
        _written({**descendant, "FontDescriptor": "%d 0 R"}).encode(),
        _written({**properties, "Name": f"/{font}", "Encoding": encoding, "DescendantFonts": ["%d 0 R"]}).encode(),
    )


def _written(value: Any) -> str:
    if isinstance(value, dict):
        return f"<<{''.join(f'/{key} {_written(entry)}' for key, entry in value.items())}>>"
    if isinstance(value, list | tuple):
        return f"[{' '.join(map(_written, value))}]"
    return value if isinstance(value, str) else number(value)
