"""Frames become a film: H.264 in MP4, with chapters."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg  # type: ignore[import-untyped]
from PIL import Image

from demo.failures import DemoFailure

SIZE = (1280, 720)
FRAMES_PER_SECOND = 8
QUALITY = ["-crf", "25", "-preset", "medium", "-tune", "animation", "-g", "160"]
ENCODER_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Chapter:
    """A part of the film; `begins` in seconds from its start."""

    title: str
    begins: float


class Reel:
    """Takes frames as they come and encodes them at once, so that no frame has to be kept."""

    def __init__(self, folder: Path) -> None:
        self._raw = folder / "raw.mp4"
        self._count = 0
        self._poster: Image.Image | None = None
        self.chapters: list[Chapter] = []
        self._writer: Generator[None, bytes, None] = imageio_ffmpeg.write_frames(
            str(self._raw),
            SIZE,
            fps=FRAMES_PER_SECOND,
            codec="libx264",
            quality=None,
            macro_block_size=8,
            pix_fmt_out="yuv420p",
            output_params=QUALITY,
        )
        self._writer.send(None)

    @property
    def seconds(self) -> float:
        """How long it is by now."""
        return self._count / FRAMES_PER_SECOND

    def chapter(self, title: str) -> None:
        """What follows is a new chapter."""
        self.chapters.append(Chapter(title, self.seconds))

    def show(self, frame: Image.Image, seconds: float) -> None:
        """One picture for a while, at least for one frame."""
        content = frame.convert("RGB").tobytes()
        for _ in range(max(1, round(seconds * FRAMES_PER_SECOND))):
            self._writer.send(content)
            self._count += 1

    def mark_poster(self, frame: Image.Image) -> None:
        """The picture that stands for the film."""
        self._poster = frame.convert("RGB")

    def close(self) -> None:
        """Ends the encoder."""
        self._writer.close()

    def finish(self, output: Path) -> None:
        """Writes the film with its chapters, and beside it the poster."""
        self.close()
        output.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as metadata:
            metadata.write(self._metadata())
            metadata.flush()
            command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error", "-i", str(self._raw)]
            command += ["-i", metadata.name, "-map_metadata", "1", "-c", "copy", "-movflags", "+faststart", str(output)]
            done = subprocess.run(command, capture_output=True, text=True, timeout=ENCODER_SECONDS)
        if done.returncode != 0:
            raise DemoFailure(f"The film could not be written: {done.stderr.strip()}")
        if self._poster is not None:
            self._poster.quantize(128).save(output.with_name("poster.png"), optimize=True)

    def _metadata(self) -> str:
        lines = [";FFMETADATA1", "title=Ticketing platform: the demo"]
        ends = [chapter.begins for chapter in self.chapters[1:]] + [self.seconds]
        for chapter, end in zip(self.chapters, ends, strict=True):
            lines += ["[CHAPTER]", "TIMEBASE=1/1000", f"START={chapter.begins * 1000:.0f}", f"END={end * 1000:.0f}"]
            lines.append(f"title={chapter.title}")
        return "\n".join(lines) + "\n"
