"""The QR code of a text, drawn as one path."""

from __future__ import annotations

import re
from collections.abc import Sequence

import zxingcpp
from reportlab.pdfgen.canvas import Canvas

_DARK = re.compile(b"\0+")


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


def modules(text: str) -> list[bytes]:
    """Returns the rows of the code from the top, each module as a grey value: 0 is dark."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    # The type stubs do not say that an image is a buffer.
    image = memoryview(code.to_image(scale=1, add_quiet_zones=False))  # type: ignore[arg-type]
    content, width = image.tobytes(), (image.shape or (0, 0))[1]
    return [content[start : start + width] for start in range(0, len(content), width)]


def squares(rows: Sequence[bytes]) -> list[str]:
    """Returns the operators for the dark modules; neighbours in a row are one rectangle."""
    return [
        f"{dark.start()} {row} {dark.end() - dark.start()} 1 re"
        for row, modules in enumerate(rows)
        for dark in _DARK.finditer(modules)
    ]
