"""Runs a module as a process of its own, as an operator starts it; for tests of the services."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Protocol

from devstack.deadlines import stretched


class HasOutput(Protocol):
    """A process whose output can be read."""

    @property
    def stdout(self) -> asyncio.StreamReader | None:
        """The output; None if it is not a pipe."""


@asynccontextmanager
async def running_process(
    module: str, *arguments: str, env: Mapping[str, str]
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Runs `python -m module` with the environment `env`, and kills it at the end of the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def read_line_with(process: HasOutput, text: str, *, seconds: float = 20) -> str:
    """Returns the next line of the process's output that contains `text`.

    Raises AssertionError if the process ends without one, and TimeoutError after `seconds` of a quiet machine.
    """
    if process.stdout is None:
        raise ValueError("the output of the process is not a pipe")
    async with asyncio.timeout(stretched(seconds)):
        async for line in process.stdout:
            if text in line.decode():
                return line.decode()
    raise AssertionError(f"the process ended without a line that contains {text}")
