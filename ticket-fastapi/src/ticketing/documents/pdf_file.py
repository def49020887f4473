"""A PDF file as bytes: its objects, and the table that says where each begins (ISO 32000-1, 7.5)."""

from __future__ import annotations

import zlib

_HEADER = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"


def number(value: float) -> str:
    """Returns `value` as PDF writes it: a thousandth of a point is enough, and there is no exponent."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


def text_string(text: str) -> bytes:
    """Returns a text of the document's properties, in any script."""
    return b"<%s>" % (b"\xfe\xff" + text.encode("utf-16-be")).hex().encode()


def stream(content: bytes, entries: str = "") -> bytes:
    """Returns a compressed stream object; `entries` are added to its dictionary."""
    packed = zlib.compress(content)
    return b"<</Filter/FlateDecode/Length %d%s>>stream\n%s\nendstream" % (len(packed), entries.encode(), packed)


class PdfFile:
    """The objects of a file, numbered from 1 in the order in which they are added."""

    def __init__(self) -> None:
        self._parts = [_HEADER]
        self._length = len(_HEADER)
        self._offsets: list[int] = []

    def add(self, body: bytes) -> int:
        """Adds an object; returns its number, under which other objects refer to it."""
        self._offsets.append(self._length)
        part = b"%d 0 obj\n%s\nendobj\n" % (len(self._offsets), body)
        self._parts.append(part)
        self._length += len(part)
        return len(self._offsets)

    def finish(self, *, catalog: int, properties: int) -> bytes:
        """Returns the file. It contains no time and no random id, so its SHA-256 depends on its objects alone."""
        size = len(self._offsets) + 1
        table = "".join(f"{offset:010d} 00000 n \n" for offset in self._offsets)
        self._parts.append(
            f"xref\n0 {size}\n0000000000 65535 f \n{table}"
            f"trailer\n<</Size {size}/Root {catalog} 0 R/Info {properties} 0 R>>\n"
            f"startxref\n{self._length}\n%%EOF\n".encode()
        )
        return b"".join(self._parts)
