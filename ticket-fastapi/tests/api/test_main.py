"""The HTTP process, started as an operator starts it."""

from __future__ import annotations

import asyncio
import json
import signal
import socket

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine
from support.process import environment, read_line_with, running_process
from ticketing.settings import Settings

from devstack.deadlines import stretched
from devstack.waiting import wait_until


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


async def test_the_process_serves_logs_json_and_stops_on_sigterm(settings: Settings, engine: AsyncEngine) -> None:
    port = free_port()
    key = settings.api_keys["client"].key.get_secret_value()
    public = "demo-payment-key-0123456789"
    async with (
        running_process("ticketing.main", env=environment(settings, PORT=str(port), PAYMENT_API_KEY=public)) as process,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):

        async def answers() -> bool:
            try:
                return (await client.get("/healthz")).is_success
            except httpx.ConnectError:
                return False

        await wait_until(answers, seconds=20)
        warning = json.loads(await read_line_with(process, "settings.public_keys"))
        assert (warning["level"], warning["variables"]) == ("warning", ["PAYMENT_API_KEY"])
        headers = {"authorization": f"Bearer {key}", "x-request-id": "from-outside"}
        assert (await client.get("/api/v1/events", headers=headers)).status_code == 200
        line = json.loads(await read_line_with(process, '"event":"request.served"'))
        assert (line["path"], line["status"], line["request_id"]) == ("/api/v1/events", 200, "from-outside")
        assert key not in str(line)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), stretched(20)) in (0, -signal.SIGTERM)
