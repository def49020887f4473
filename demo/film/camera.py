"""Puts pictures on the reel, each with its caption, and a pointer where somebody points."""

from __future__ import annotations

from PIL import Image, ImageDraw
from rich.text import Text

from demo.film.reel import FRAMES_PER_SECOND, SIZE
from demo.film.tape import Film, Tape
from demo.film.typesetter import ADDRESS_HEIGHT, CAPTION_HEIGHT, PAGE_HEIGHT, Typesetter

ARROW = [(0, 0), (0, 22), (5, 17), (9, 26), (13, 24), (9, 16), (16, 16)]
RIPPLES = (9, 17, 24)
LINES_AT_ONCE = 3
FRAME_SECONDS = 1 / FRAMES_PER_SECOND

Point = tuple[float, float]


class Camera:
    """What is seen; the caption stays until the next one."""

    def __init__(self, film: Film, typesetter: Typesetter) -> None:
        self._film = film
        self.typesetter = typesetter
        self._chapter = ""
        self._caption: Image.Image | None = None
        self._addresses: dict[tuple[str, str, str], Image.Image] = {}
        self._last = Image.new("RGB", SIZE)

    def chapter(self, title: str) -> None:
        """A new chapter; its title stands above every caption."""
        self._chapter = title
        self._film.chapter(title)

    def caption(self, text: str) -> None:
        """What the viewer is told from now on."""
        self._caption = self.typesetter.caption(self._chapter, text)

    def show(self, page: Image.Image, seconds: float) -> None:
        """A picture of the film's width, above the caption."""
        frame = Image.new("RGB", SIZE)
        frame.paste(page, (0, 0))
        if self._caption is not None:
            frame.paste(self._caption, (0, SIZE[1] - CAPTION_HEIGHT))
        self._last = frame
        self._film.show(frame, seconds)

    def hold(self, seconds: float) -> None:
        """Time to look at what is there."""
        self._film.show(self._last, seconds)

    def poster(self) -> None:
        """What is there now stands for the film."""
        self._film.mark_poster(self._last)

    def play(self, tape: Tape) -> None:
        """Shows what was filmed before."""
        tape.play(self._film)

    def slide(self, html: str, seconds: float) -> None:
        """A page of text or a drawing."""
        self.show(self.typesetter.slide(html), seconds)

    def terminal(self, command: str, output: Text, *, lines_per_second: float = 6, hold: float = 3) -> None:
        """A command is typed, its real output comes line by line."""
        for end in range(0, len(command), 6):
            self.show(self.typesetter.terminal(_prompt(command[:end] + "▌")), FRAME_SECONDS)
        shown = _prompt(command)
        self.show(self.typesetter.terminal(shown), 0.5)
        lines = output.split("\n")
        for start in range(0, len(lines), LINES_AT_ONCE):
            block = lines[start : start + LINES_AT_ONCE]
            shown = Text.assemble(shown, *(part for line in block for part in ("\n", line)))
            self.show(self.typesetter.terminal(shown), len(block) / lines_per_second)
        self.hold(hold)

    def browser(self, screenshot: Image.Image, who: str, colour: str, url: str) -> Image.Image:
        """A browser's window, with who sits before it."""
        key = (who, colour, url)
        if key not in self._addresses:
            self._addresses[key] = self.typesetter.address(*key)
        window = Image.new("RGB", (SIZE[0], PAGE_HEIGHT))
        window.paste(self._addresses[key], (0, 0))
        window.paste(screenshot, (0, ADDRESS_HEIGHT))
        return window

    def pointer(self, window: Image.Image, path: list[Point], *, click: bool) -> None:
        """The pointer goes along `path`, in pixels of the window, and clicks at its end."""
        for point in path:
            self.show(_with_pointer(window, point, None), FRAME_SECONDS)
        for radius in RIPPLES if click else ():
            self.show(_with_pointer(window, path[-1], radius), FRAME_SECONDS)


def _prompt(command: str) -> Text:
    return Text.assemble(("$ ", "bold green"), (command, "bold white"))


def _with_pointer(window: Image.Image, at: Point, ripple: int | None) -> Image.Image:
    drawn = window.copy()
    pen = ImageDraw.Draw(drawn, "RGBA")
    x, y = at
    if ripple is not None:
        pen.ellipse(
            (x - ripple, y - ripple, x + ripple, y + ripple), fill=(20, 184, 166, 70), outline=(13, 148, 136), width=3
        )
    pen.polygon([(x + dx, y + dy) for dx, dy in ARROW], fill=(20, 20, 20), outline=(255, 255, 255))
    return drawn
