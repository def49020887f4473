"""The list of chapters, for whoever cannot see them in the player."""

from __future__ import annotations

from pathlib import Path

from demo.film.reel import Reel

BEGIN, END = "<!-- chapters -->", "<!-- end of chapters -->"


def write_chapters(film: Path, reel: Reel) -> None:
    """Renews the table between the marks of the README beside the film, if there is one."""
    readme = film.with_name("README.md")
    if not readme.exists() or BEGIN not in readme.read_text(encoding="utf-8"):
        return
    before, rest = readme.read_text(encoding="utf-8").split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    rows = "\n".join(f"| {_time(chapter.begins)} | {chapter.title} |" for chapter in reel.chapters)
    table = f"| from | chapter |\n|---|---|\n{rows}\n| {_time(reel.seconds)} | end |"
    readme.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")


def _time(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
