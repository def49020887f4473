"""A process that cannot start reports the reason in one sentence, without a traceback."""

from __future__ import annotations

import asyncio
import socket
from urllib.parse import urlsplit, urlunsplit

from sqlalchemy.ext.asyncio import AsyncEngine
from support.process import environment
from ticketing.settings import Settings

from devstack.module_process import read_line_with, running_process

MODULES = ("ticketing.main", "ticketing.worker", "ticketing.migrate")


def unreachable(settings: Settings) -> str:
    """Returns a DATABASE_URL with a port on which no server listens."""
    address = urlsplit(settings.database_dsn())
    with socket.create_server(("127.0.0.1", 0)) as free:
        host = f"{address.username}:{address.password}@127.0.0.1:{free.getsockname()[1]}"
    return urlunsplit(("postgresql", host, address.path, "", ""))


async def test_each_process_reports_an_unreachable_database_without_a_traceback(settings: Settings) -> None:
    env = environment(settings, DATABASE_URL=unreachable(settings))

    async def start(module: str) -> tuple[int | None, str, str]:
        async with running_process(module, env=env) as process:
            output, errors = await asyncio.wait_for(process.communicate(), 50)
        return process.returncode, errors.decode(), output.decode()

    for status, sentence, output in await asyncio.gather(*map(start, MODULES)):
        assert (status, sentence.count("\n"), output) == (1, 1, "")
        assert "cannot be reached: Connection refused" in sentence


async def test_a_worker_without_its_object_store_logs_it_and_runs(settings: Settings, engine: AsyncEngine) -> None:
    env = environment(settings, S3_ENDPOINT="http://127.0.0.1:9", S3_REGION="eu-central-1")
    async with running_process("ticketing.worker", env=env) as process:
        line = await read_line_with(process, "bucket.unavailable", seconds=40)
        assert "the object store does not answer" in line
        assert "Traceback" not in line
        assert process.returncode is None
