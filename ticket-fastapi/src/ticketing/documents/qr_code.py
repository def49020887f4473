"""The QR code of a text, drawn as one path."""

from __future__ import annotations

from itertools import groupby
from typing import cast

import zxingcpp
from reportlab.pdfgen.canvas import Canvas


def draw_qr_code(canvas: Canvas, x: float, y: float, size: float, text: str) -> None:
    """Draws the code in a square of `size` points whose lower left corner is at `x`, `y`.

    It has no quiet zone; a seventh of its modules may be damaged (level M). It is one path, since viewers that smooth
    edges would show seams between separate squares.
    """
    rows = modules(text)
    canvas.saveState()
    canvas.setFillGray(0)
    # From here on, one unit is one module and y grows downwards.
    canvas.translate(x, y + size)
    canvas.scale(size / len(rows), -size / len(rows))
    # Written as it stands in the file: the canvas would format each of a thousand numbers as a length in points.
    canvas.addLiteral(" ".join([*squares(rows), "f"]))
    canvas.restoreState()


def modules(text: str) -> list[list[int]]:
    """Returns the rows of the code from the top, each module as a grey value: 0 is dark."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image = code.to_image(scale=1, add_quiet_zones=False)
    # The type stubs do not say that an image is a buffer, and those of Python know buffers of one dimension only.
    return cast(list[list[int]], memoryview(image).tolist())  # type: ignore[arg-type]


def squares(rows: list[list[int]]) -> list[str]:
    """Returns the operators for the dark modules; neighbours in a row are one rectangle."""
    return [
        f"{left} {row} {width} 1 re"
        for row, modules in enumerate(rows)
        for left, width, is_dark in _runs(modules)
        if is_dark
    ]


def _runs(modules: list[int]) -> list[tuple[int, int, bool]]:
    """Returns the runs of equal modules of a row: where each begins, how long it is, and whether it is dark."""
    runs: list[tuple[int, int, bool]] = []
    left = 0
    for lightness, group in groupby(modules):
        width = len(list(group))
        runs.append((left, width, lightness == 0))
        left += width
    return runs
