"""Starts the service's processes as an operator starts them."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from payments.settings import Settings

from devstack.deadlines import stretched
from support.forked_process import ForkedProcess

REPOSITORY = Path(__file__).parents[3]
SOURCES = os.pathsep.join(str(REPOSITORY / folder / "src") for folder in ("payment-aiohttp", "servicekit"))


def environment(settings: Settings, **changes: str) -> dict[str, str]:
    """Returns environment variables that express `settings`."""
    keys = {
        name: {"key": entry.key.get_secret_value(), "scopes": sorted(entry.scopes)}
        for name, entry in settings.api_keys.items()
    }
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": SOURCES,
        "API_KEYS": json.dumps(keys),
        "DATABASE_URL": settings.database_dsn(),
        "PUBLIC_URL": settings.public_url,
        "WEBHOOK_URL": settings.webhook_url,
        "WEBHOOK_SECRET": settings.webhook_secret.get_secret_value(),
        "PAYMENT_FAILURE_RATE": "0",
        "PAYMENT_PROCESSING_SECONDS": "0",
        "SIMULATION_CONTROLS": "true",
        "ALLOW_PRIVATE_ADDRESSES": "true",
        "SWEEP_SECONDS": "0.5",
        **changes,
    }


@asynccontextmanager
async def running_process(
    module: str, *arguments: str, env: dict[str, str]
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Runs `python -m module`; ends it when the block ends."""
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


async def read_line_with(process: asyncio.subprocess.Process | ForkedProcess, text: str, *, seconds: float = 20) -> str:
    """Returns the next line of the process's output that contains `text`."""
    if process.stdout is None:
        raise ValueError("the process has no output to read")
    async with asyncio.timeout(stretched(seconds)):
        async for line in process.stdout:
            if text in line.decode():
                return line.decode()
    raise AssertionError(f"the process ended without a line that contains {text}")
