"""Runs modules of the service in forks of one process that has already imported what they need.

A module that is run in an interpreter of its own spends over a second of processor time on imports.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import runpy
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [
        "payments.http.application",
        "payments.start",
        "payments.usecases.cleanup",
        "payments.usecases.lanes",
        "servicekit.db.migrations",
        "servicekit.lanes",
        "uvloop",
    ]
)


class ForkedProcess:
    """A process with those operations of `asyncio.subprocess.Process` that the tests need."""

    def __init__(self, process: ForkServerProcess, stdout: asyncio.StreamReader, stderr: asyncio.StreamReader) -> None:
        self.stdout = stdout
        self.stderr = stderr
        self._process = process

    @property
    def returncode(self) -> int | None:
        """The exit status; negative for the signal that ended the process; None while it runs."""
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Sends a signal to the process."""
        if self._process.pid is None:
            raise ValueError("the process was not started")
        os.kill(self._process.pid, number)

    async def wait(self) -> int | None:
        """Waits until the process has ended; returns its exit status."""
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self._process.sentinel, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(self._process.sentinel)
        self._process.join()
        return self.returncode

    async def communicate(self) -> tuple[bytes, bytes]:
        """Waits until the process has ended; returns what it wrote and nobody has read."""
        output, errors = await asyncio.gather(self.stdout.read(), self.stderr.read())
        await self.wait()
        return output, errors


@asynccontextmanager
async def forked_process(module: str, *, env: dict[str, str]) -> AsyncIterator[ForkedProcess]:
    """Runs `module` as `python -m` does, with these environment variables; ends it when the block ends."""
    (output, output_end), (errors, errors_end) = (_CONTEXT.Pipe(duplex=False) for _ in range(2))
    process = _CONTEXT.Process(target=_run, args=(module, env, output_end, errors_end))
    await asyncio.to_thread(process.start)
    output_end.close()
    errors_end.close()
    forked = ForkedProcess(process, await _reader(output), await _reader(errors))
    try:
        yield forked
    finally:
        process.kill()
        await forked.communicate()


def _run(module: str, env: dict[str, str], output: Connection, errors: Connection) -> None:
    os.environ.clear()
    os.environ.update(env)
    os.dup2(output.fileno(), sys.stdout.fileno())
    os.dup2(errors.fileno(), sys.stderr.fileno())
    output.close()
    errors.close()
    sys.argv = [module]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


async def _reader(end: Connection) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), end)
    return reader
