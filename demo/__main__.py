"""`python -m demo`, which `./dev demo` calls with the environment of a running stack."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated

import httpx
import typer
from rich.console import Console
from rich.markup import escape

from demo.failures import DemoFailure
from demo.terminal.play import play
from tests.support.environment import Environment
from tests.support.http import ProblemError

FILM = Path("docs/demo/ticketing-demo.mp4")
INTERRUPTED = 130


def _stop(_signal: int, _frame: FrameType | None) -> None:
    """Ends as Ctrl-C does, so that what was forced is put back."""
    raise KeyboardInterrupt


def main(
    fast: Annotated[bool, typer.Option("--fast", help="Without pauses.")] = False,
    record: Annotated[bool, typer.Option("--record", help="Make the film, on a stack of its own.")] = False,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the film goes.")] = FILM,
) -> None:
    """A narrated run on the running stack; the exit status is 1 when the story does not go as told."""
    signal.signal(signal.SIGTERM, _stop)
    try:
        if record:
            from demo.film.make import make_film  # noqa: PLC0415 - needs a browser and an encoder

            make_film(output)
        else:
            play(Environment.of_process(), fast=fast)
    except (DemoFailure, AssertionError, ProblemError, httpx.TransportError) as failure:
        Console(stderr=True, highlight=False).print(f"[red]✗[/] {escape(str(failure))}", soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    typer.run(main)
