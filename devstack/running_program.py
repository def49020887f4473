"""A program that runs while a block runs, and writes its output to a log file."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from devstack.deadlines import stretched
from devstack.failures import StackFailure

STOP_SECONDS = 20


@contextmanager
def running_program(
    command: Sequence[str],
    log: Path,
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path = Path("/"),
    stop_signal: signal.Signals = signal.SIGTERM,
) -> Iterator[subprocess.Popen[bytes]]:
    """Starts the program in `folder`, with `environment` besides our own; ends it with `stop_signal` after the block.

    Raises StackFailure if it cannot be started. A program that does not end within its time is killed.
    """
    with log.open("w") as output:
        try:
            program = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=folder,
                env={**os.environ, **(environment or {})},
                start_new_session=True,  # a Ctrl-C must end what uses the program first
            )
        except OSError as error:
            raise StackFailure(f"{command[0]} could not be started: {error}.") from error
    try:
        yield program
    finally:
        with suppress(ProcessLookupError):
            program.send_signal(stop_signal)
        try:
            program.wait(stretched(STOP_SECONDS))
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()
