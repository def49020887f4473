"""The QR code of a text, as a path in a PDF page."""

from __future__ import annotations

from itertools import groupby
from typing import cast

import zxingcpp

from ticketing.documents.pdf_file import number


def qr_code(x: float, y: float, size: float, text: str) -> str:
    """Returns the operators that draw the code in a square of `size` points whose lower left corner is at `x`, `y`.

    It has no quiet zone; a seventh of its modules may be damaged (level M). It is one path, since viewers that smooth
    edges would show seams between separate squares.
    """
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image = code.to_image(scale=1, add_quiet_zones=False)
    # The type stubs do not say that an image is a buffer, and those of Python know buffers of one dimension only.
    rows = cast(list[list[int]], memoryview(image).tolist())  # type: ignore[arg-type]
    module = size / len(rows)
    squares = [
        f"{left} {row} {width} 1 re"
        for row, modules in enumerate(rows)
        for left, width, is_dark in _runs(modules)
        if is_dark
    ]
    # Within q and Q, one unit is one module and y grows downwards.
    scale = f"{module:.6f} 0 0 {-module:.6f} {number(x)} {number(y + size)} cm"
    return f"q 0 0 0 rg {scale} {' '.join(squares)} f Q"


def _runs(modules: list[int]) -> list[tuple[int, int, bool]]:
    """Returns the runs of equal modules of a row: where each begins, how long it is, and whether it is dark."""
    runs: list[tuple[int, int, bool]] = []
    left = 0
    for lightness, group in groupby(modules):
        width = len(list(group))
        runs.append((left, width, lightness == 0))
        left += width
    return runs
