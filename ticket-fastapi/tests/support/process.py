"""Starts processes of the service as an operator starts them."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from ticketing.settings import Settings

from devstack.deadlines import stretched

REPOSITORY = Path(__file__).parents[3]
SOURCES = os.pathsep.join(str(REPOSITORY / folder / "src") for folder in ("ticket-fastapi", "servicekit"))


def environment(settings: Settings, **changes: str) -> dict[str, str]:
    """Returns the environment variables for `settings`."""
    secret = {
        "API_KEYS": json.dumps(
            {
                name: {"key": key.key.get_secret_value(), "scopes": sorted(key.scopes)}
                for name, key in settings.api_keys.items()
            }
        ),
        "PAYMENT_API_KEY": settings.payment_api_key.get_secret_value(),
        "TICKET_WEBHOOK_SECRET": settings.ticket_webhook_secret.get_secret_value(),
        "CLIENT_WEBHOOK_SECRET": settings.client_webhook_secret.get_secret_value(),
        "S3_SECRET_KEY": settings.s3_secret_key.get_secret_value(),
    }
    plain = {
        name.upper(): str(getattr(settings, name))
        for name in (
            "database_url",
            "payment_url",
            "client_webhook_url",
            "s3_endpoint",
            "s3_public_endpoint",
            "s3_bucket",
            "s3_access_key",
            "allow_private_addresses",
        )
    }
    return {"PATH": os.environ["PATH"], "PYTHONPATH": SOURCES, **plain, **secret, **changes}


@asynccontextmanager
async def running_process(
    module: str, *arguments: str, env: dict[str, str]
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Starts `python -m module` and kills it at the end of the block."""
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


async def read_line_with(process: asyncio.subprocess.Process, text: str, *, seconds: float = 20) -> str:
    """Returns the next line of the process's output that contains `text`."""
    if process.stdout is None:
        raise ValueError("the output of the process is not a pipe")
    async with asyncio.timeout(stretched(seconds)):
        async for line in process.stdout:
            if text in line.decode():
                return line.decode()
    raise AssertionError(f"the process ended without a line with {text}")
