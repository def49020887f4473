"""`./dev logs`: shows the log files of one process or of all processes."""

import time
from typing import TextIO

from rich.markup import escape

from devstack.failures import StackFailure
from devstack.home import Home
from devstack.steps import last_lines, out

LOOK_EVERY_SECONDS = 0.3
COLOURS = (
    "cyan",
    "green",
    "yellow",
    "magenta",
    "blue",
    "bright_cyan",
    "bright_green",
    "bright_yellow",
    "bright_magenta",
)


def show(home: Home, name: str | None, *, follow: bool, count: int) -> None:
    """Prints the last lines of each log; with `follow`, also prints new lines until Ctrl-C."""
    found = sorted(path.stem for path in home.logs.glob("*.log"))
    if name is not None and name not in found:
        known = ", ".join(found) or "none yet"
        raise StackFailure(f"There is no log of {name}; there are: {known}.")
    names = found if name is None else [name]
    sources: dict[str, TextIO] = {each: home.log(each).open(errors="replace") for each in names}
    for each in names:
        for line in last_lines(home.log(each), count):
            _print(each, line, names)
        sources[each].seek(0, 2)
    while follow:
        for each, source in sources.items():
            sources[each] = _reopened(home, each, source)
            for line in sources[each]:
                _print(each, line.rstrip("\n"), names)
        time.sleep(LOOK_EVERY_SECONDS)


def _reopened(home: Home, name: str, source: TextIO) -> TextIO:
    """Returns the same file, or the new file if the log was rotated or truncated."""
    path = home.log(name)
    if path.exists() and path.stat().st_size < source.tell():
        source.close()
        return path.open(errors="replace")
    return source


def _print(name: str, line: str, names: list[str]) -> None:
    colour = COLOURS[names.index(name) % len(COLOURS)]
    prefix = f"[{colour}]{name:16}[/] " if len(names) > 1 else ""
    out.print(prefix + escape(line), soft_wrap=True)
