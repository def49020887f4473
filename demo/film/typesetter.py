"""Sets text as pictures: captions, slides, terminals. A browser does it, so that fonts and lines come out right."""

from __future__ import annotations

import io
from html import escape
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser
from rich.console import Console
from rich.text import Text

STYLE = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")
WIDTH, PAGE_HEIGHT, CAPTION_HEIGHT, ADDRESS_HEIGHT = 1280, 640, 80, 34
TERMINAL_LINES = 27
TERMINAL_COLUMNS = 118


class Typesetter:
    """One tab that is used for text only."""

    def __init__(self, browser: Browser) -> None:
        self._page = browser.new_page(viewport={"width": WIDTH, "height": PAGE_HEIGHT})

    def set(self, html: str, height: int) -> Image.Image:
        """HTML in the film's style, as wide as the film."""
        self._page.set_viewport_size({"width": WIDTH, "height": height})
        self._page.set_content(f"<style>{STYLE}</style><body>{html}</body>")
        return Image.open(io.BytesIO(self._page.screenshot())).convert("RGB")

    def caption(self, chapter: str, text: str) -> Image.Image:
        """The bar at the bottom; `text` may hold `<b>`."""
        return self.set(f'<div class="caption"><i>{escape(chapter)}</i><p>{text}</p></div>', CAPTION_HEIGHT)

    def address(self, who: str, colour: str, url: str) -> Image.Image:
        """The bar above a browser: who sits before it, and where they are."""
        html = f'<div class="address"><b style="background:{colour}">{escape(who)}</b><span>{escape(url)}</span></div>'
        return self.set(html, ADDRESS_HEIGHT)

    def slide(self, html: str) -> Image.Image:
        """A page of text or a drawing."""
        return self.set(f'<div class="slide">{html}</div>', PAGE_HEIGHT)

    def terminal(self, text: Text) -> Image.Image:
        """The end of what a terminal shows."""
        lines = text.split("\n")[-TERMINAL_LINES:]
        console = Console(record=True, file=io.StringIO(), width=TERMINAL_COLUMNS, force_terminal=True)
        for line in lines:
            console.print(line, soft_wrap=True)
        code = console.export_html(inline_styles=True, code_format="{code}")
        return self.set(f'<div class="terminal"><header>● ● ●</header><pre>{code}</pre></div>', PAGE_HEIGHT)
