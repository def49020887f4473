"""The HTTP process, started as an operator starts it."""

from __future__ import annotations

import asyncio
import json
import signal
from uuid import uuid4

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine
from support.process import environment
from ticketing.settings import Settings

from devstack.deadlines import stretched
from devstack.module_process import read_line_with, running_process
from devstack.ports import unused_port
from devstack.waiting import wait_until


async def answers(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/healthz")).is_success
    except httpx.ConnectError:
        return False


async def test_the_process_serves_logs_json_and_stops_on_sigterm(settings: Settings, engine: AsyncEngine) -> None:
    port = unused_port()
    key = settings.api_keys["client"].key.get_secret_value()
    public = "demo-payment-key-0123456789"
    async with (
        running_process("ticketing.main", env=environment(settings, PORT=str(port), PAYMENT_API_KEY=public)) as process,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        await wait_until(lambda: answers(client), seconds=20)
        warning = json.loads(await read_line_with(process, "settings.public_keys"))
        assert (warning["level"], warning["variables"]) == ("warning", ["PAYMENT_API_KEY"])
        headers = {"authorization": f"Bearer {key}", "x-request-id": "from-outside"}
        assert (await client.get("/api/v1/events", headers=headers)).status_code == 200
        line = json.loads(await read_line_with(process, '"event":"request.served"'))
        assert (line["path"], line["status"], line["request_id"]) == ("/api/v1/events", 200, "from-outside")
        assert key not in str(line)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), stretched(20)) in (0, -signal.SIGTERM)


async def test_what_is_half_sent_is_ended_and_is_no_defect(settings: Settings, engine: AsyncEngine) -> None:
    port = unused_port()
    key = settings.api_keys["client"].key.get_secret_value()
    head = (
        f"POST /api/v1/bookings HTTP/1.1\r\nHost: example.com\r\nAuthorization: Bearer {key}\r\n"
        f"Idempotency-Key: {uuid4()}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n"
    )
    limits = {"HEADER_SECONDS": "0.5", "BODY_SECONDS": "0.5"}
    async with (
        running_process("ticketing.main", env=environment(settings, PORT=str(port), **limits)) as process,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        await wait_until(lambda: answers(client), seconds=20)
        for half, reason in ((head, "slow header"), (f"{head}\r\n{{", "slow body")):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(half.encode())
            async with asyncio.timeout(stretched(10)):
                await reader.read()
            writer.close()
            ended = (await client.get("/metrics")).text
            assert f'ticket_connections_ended_total{{reason="{reason}"}} 1.0' in ended
        process.send_signal(signal.SIGTERM)
        logged, _ = await asyncio.wait_for(process.communicate(), stretched(20))
    assert b'"level":"error"' not in logged, logged
