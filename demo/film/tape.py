"""What is filmed before its place in the film has come: frames that are kept, and shown later."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Protocol

from PIL import Image


class Film(Protocol):
    """Where a camera puts its frames."""

    def chapter(self, title: str) -> None:
        """What follows is a new chapter."""

    def show(self, frame: Image.Image, seconds: float) -> None:
        """One picture for a while."""

    def mark_poster(self, frame: Image.Image) -> None:
        """The picture that stands for the film."""


@dataclass
class Tape:
    """A part of the film that is played later, inside a chapter of the film."""

    _frames: list[tuple[bytes, float]] = field(default_factory=list)

    def chapter(self, title: str) -> None:
        """Names the captions only: the chapter begins with the film around the tape."""

    def show(self, frame: Image.Image, seconds: float) -> None:
        # Packed, because hundreds of raw frames would fill the memory.
        packed = io.BytesIO()
        frame.save(packed, "PNG", compress_level=1)
        self._frames.append((packed.getvalue(), seconds))

    def mark_poster(self, frame: Image.Image) -> None:
        raise NotImplementedError("The poster is taken from the film itself.")

    @property
    def seconds(self) -> float:
        """How long it is."""
        return sum(seconds for _, seconds in self._frames)

    def play(self, film: Film) -> None:
        """Shows all of it."""
        for packed, seconds in self._frames:
            film.show(Image.open(io.BytesIO(packed)), seconds)


@dataclass(frozen=True)
class ContainerTapes:
    """What was filmed on the stack in containers, for two places in the film."""

    start: Tape = field(default_factory=Tape)
    console: Tape = field(default_factory=Tape)
