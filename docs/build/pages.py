"""How full the pages of a PDF are: nobody should turn to a page that is nearly empty."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image

PIXELS_PER_INCH = 40
PAGE_MM, MARGIN_MM = 297, 24
BAND_MM = 5
LEAST = 0.25
"""The least share of the text area, from top to bottom, that has to be covered."""
INK = 200
"""A pixel darker than this is ink."""


def share_covered(page: bytes) -> float:
    """The share of the text area's bands, each `BAND_MM` high, that hold any ink; `page` is a PNG of the whole page."""
    image = Image.open(io.BytesIO(page)).convert("L")
    scale = image.height / PAGE_MM
    tops = range(MARGIN_MM, PAGE_MM - MARGIN_MM - BAND_MM + 1, BAND_MM)
    bands = [image.crop((0, round(top * scale), image.width, round((top + BAND_MM) * scale))) for top in tops]
    return sum(any(band.histogram()[:INK]) for band in bands) / len(bands)


def require_full(name: str, pages: Sequence[bytes]) -> None:
    """Raises SystemExit when a page other than the last is covered by less than `LEAST`."""
    for number, page in enumerate(pages[:-1], 1):
        if (share := share_covered(page)) < LEAST:
            raise SystemExit(
                f"{name}: page {number} of {len(pages)} is nearly empty ({share:.0%} covered, at least {LEAST:.0%})."
            )
