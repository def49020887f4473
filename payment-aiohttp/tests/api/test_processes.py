"""The service's processes, and recovery after one of them is killed.

The first two tests and that of the migrations start a module as an operator does, the others in a fork.
"""

from __future__ import annotations

import asyncio
import base64
import json
import signal
from pathlib import Path
from uuid import uuid4

import aiohttp
import pytest
import sqlalchemy as sa
from payments.settings import Settings
from sqlalchemy.ext.asyncio import AsyncEngine
from support.forked_process import forked_process
from support.payment_api import PaymentApi, page_path
from support.process import environment
from support.webhook_receiver import WebhookReceiver

from devstack.deadlines import stretched
from devstack.module_process import read_line_with, running_process
from devstack.ports import unused_port
from devstack.waiting import wait_until

PUBLIC_SECRET = "whsec_" + base64.b64encode(b"demo-webhook-secret-which-everybody-knows").decode()
PUBLIC_KEYS = json.dumps({"ticket": {"key": "demo-key-of-ticket-which-everybody-knows", "scopes": ["*"]}})


async def test_the_http_process_warns_of_public_keys_serves_logs_json_and_stops_on_sigterm(
    settings: Settings, engine: AsyncEngine
) -> None:
    port = unused_port()
    key = settings.api_keys["ticket"].key.get_secret_value()
    async with (
        running_process(
            "payments.app", env=environment(settings, PORT=str(port), WEBHOOK_SECRET=PUBLIC_SECRET)
        ) as process,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client,
    ):
        await wait_until(lambda: is_ready(client), seconds=20)
        warning = json.loads(await read_line_with(process, "settings.public_keys"))
        assert (warning["level"], warning["variables"]) == ("warning", ["WEBHOOK_SECRET"])
        headers = {"authorization": f"Bearer {key}", "x-request-id": "from-outside"}
        async with client.get("/api/v1/invoices", headers=headers) as answer:
            assert answer.status == 200
        line = json.loads(await read_line_with(process, "from-outside"))
        assert (line["route"], line["status"], line["service"]) == ("/api/v1/invoices", 200, "payment")
        assert key not in str(line)
        process.send_signal(signal.SIGTERM)
        rest, _ = await asyncio.wait_for(process.communicate(), stretched(20))
    assert process.returncode == 0
    assert b"settings.public_keys" not in rest


async def test_what_is_half_sent_is_ended_and_is_no_defect(settings: Settings, engine: AsyncEngine) -> None:
    port = unused_port()
    key = settings.api_keys["ticket"].key.get_secret_value()
    head = (
        f"POST /api/v1/invoices HTTP/1.1\r\nHost: example.com\r\nAuthorization: Bearer {key}\r\n"
        f"Idempotency-Key: {uuid4()}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n"
    )
    limits = {"HEADER_SECONDS": "0.5", "BODY_SECONDS": "0.5"}
    async with (
        running_process("payments.app", env=environment(settings, PORT=str(port), **limits)) as process,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client,
    ):
        await wait_until(lambda: is_ready(client), seconds=20)
        for half, reason in ((head, "slow header"), (f"{head}\r\n{{", "slow body")):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(half.encode())
            async with asyncio.timeout(stretched(10)):
                await reader.read()
            writer.close()
            async with client.get("/metrics") as ended:
                assert f'payment_connections_ended_total{{reason="{reason}"}} 1.0' in await ended.text()
        process.send_signal(signal.SIGTERM)
        logged, _ = await asyncio.wait_for(process.communicate(), stretched(20))
    assert b'"level":"error"' not in logged, logged


async def is_ready(client: aiohttp.ClientSession) -> bool:
    try:
        async with client.get("/readyz") as answer:
            return answer.status == 200
    except aiohttp.ClientConnectionError:
        return False


async def test_the_worker_warns_of_public_keys_writes_its_heartbeat_and_stops_on_sigterm(
    settings: Settings, engine: AsyncEngine, tmp_path: Path
) -> None:
    heartbeat = tmp_path / "heartbeat"
    env = environment(settings, HEARTBEAT_FILE=str(heartbeat), WEBHOOK_SECRET=PUBLIC_SECRET, API_KEYS=PUBLIC_KEYS)
    async with running_process("payments.worker", env=env) as process:
        warning = json.loads(await read_line_with(process, "settings.public_keys"))
        assert (warning["level"], warning["variables"]) == ("warning", ["API_KEYS", "WEBHOOK_SECRET"])
        await read_line_with(process, "worker.started")
        await wait_until(heartbeat.exists)
        process.send_signal(signal.SIGTERM)
        rest, _ = await asyncio.wait_for(process.communicate(), stretched(20))
    assert process.returncode == 0
    assert b"settings.public_keys" not in rest


async def test_the_worker_goes_on_after_its_connections_are_terminated(
    api: PaymentApi, settings: Settings, engine: AsyncEngine, receiver: WebhookReceiver
) -> None:
    async with forked_process("payments.worker", env=environment(settings)) as process:
        await read_line_with(process, "worker.started")
        query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'payment-listener'"

        async def terminated() -> bool:
            async with engine.connect() as connection:
                return bool((await connection.execute(sa.text(query))).all())

        await wait_until(terminated)
        await read_line_with(process, "listener.lost")
        await api.pay(await api.create_invoice())
        await wait_until(lambda: receiver.types == ["invoice.paid"], seconds=20)
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), stretched(20)) == 0


async def test_the_worker_goes_on_if_its_heartbeat_cannot_be_written(
    api: PaymentApi, settings: Settings, receiver: WebhookReceiver, tmp_path: Path
) -> None:
    nowhere = tmp_path / "no such folder" / "heartbeat"
    async with forked_process("payments.worker", env=environment(settings, HEARTBEAT_FILE=str(nowhere))) as process:
        await read_line_with(process, "worker.heartbeat_failed")
        await api.pay(await api.create_invoice())
        await wait_until(lambda: receiver.types == ["invoice.paid"], seconds=20)
        assert process.returncode is None


@pytest.mark.parametrize("module", ["payments.app", "payments.worker", "payments.migrate"])
@pytest.mark.parametrize(
    ("address", "status"), [("127.0.0.1:9/payment", 1), ("{server}/no_such_database", 2)], ids=["unreachable", "wrong"]
)
async def test_a_process_without_its_database_exits_with_one_sentence(
    settings: Settings, module: str, address: str, status: int
) -> None:
    server = settings.database_dsn().rpartition("/")[0].removeprefix("postgresql://")
    url = f"postgresql://{address.format(server=server)}"
    async with forked_process(module, env=environment(settings, DATABASE_URL=url)) as process:
        output, errors = await asyncio.wait_for(process.communicate(), stretched(20))
    said = errors.decode()
    assert (process.returncode, output) == (status, b"")
    assert said.startswith("The payment service cannot start: ")
    assert "DATABASE_URL" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("module", ["payments.app", "payments.worker"])
async def test_a_process_refuses_to_start_with_a_weak_secret(settings: Settings, module: str) -> None:
    async with forked_process(module, env=environment(settings, WEBHOOK_SECRET="whsec_c2hvcnQ=")) as process:
        _, errors = await asyncio.wait_for(process.communicate(), stretched(20))
    assert process.returncode == 2
    expected = "WEBHOOK_SECRET is not usable: must be whsec_ followed by base64 of 24 to 64 bytes."
    assert errors.decode().strip() == f"The payment service cannot start: {expected}"


@pytest.mark.parametrize("point", ["payment.outcome-stored", "refund.done", "invoice.webhook-sent"])
async def test_the_next_worker_finishes_and_publishes_once_what_a_killed_worker_left(
    api: PaymentApi, settings: Settings, receiver: WebhookReceiver, engine: AsyncEngine, tmp_path: Path, point: str
) -> None:
    crash = tmp_path / "crash"
    crash.write_text(point)
    env = environment(settings, CRASH_POINT_FILE=str(crash))
    invoice = await api.create_invoice()
    async with forked_process("payments.worker", env=env) as killed:
        await api.pay(invoice)
        if point == "refund.done":
            await wait_until(lambda: receiver.types == ["invoice.paid"], seconds=20)
            await api.refund(invoice)
        assert await asyncio.wait_for(killed.wait(), stretched(20)) == -signal.SIGKILL
    assert crash.read_text() == ""
    expected = {"invoice.paid", "invoice.refunded"} if point == "refund.done" else {"invoice.paid"}
    async with engine.begin() as connection:
        # Ends the dead worker's leases at once.
        await connection.exec_driver_sql(
            "UPDATE webhook_deliveries SET next_attempt_at = now() WHERE state = 'PENDING'"
        )
        for table in ("payment_attempts", "refunds"):
            await connection.exec_driver_sql(f"UPDATE {table} SET due_at = now() WHERE finished_at IS NULL")

    async def all_delivered() -> bool:
        return {each["type"] for each in await api.deliveries(invoice) if each["state"] == "DELIVERED"} == expected

    async with forked_process("payments.worker", env=env):
        await wait_until(all_delivered, seconds=30)
    assert len({each.webhook_id for each in receiver.received}) == len(expected)


@pytest.mark.parametrize("point", ["payment.attempt-stored", "refund.stored"])
async def test_a_worker_finishes_what_a_killed_http_process_has_stored(
    api: PaymentApi, settings: Settings, receiver: WebhookReceiver, tmp_path: Path, point: str
) -> None:
    crash, port = tmp_path / "crash", unused_port()
    crash.write_text(point)
    invoice = await api.create_invoice()
    path = page_path(invoice)
    headers = {"authorization": f"Bearer {settings.api_keys['ticket'].key.get_secret_value()}"}
    async with (
        forked_process("payments.worker", env=environment(settings)),
        forked_process(
            "payments.app", env=environment(settings, PORT=str(port), CRASH_POINT_FILE=str(crash))
        ) as killed,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers=headers) as client,
    ):
        await wait_until(lambda: is_ready(client), seconds=20)
        if point == "refund.stored":
            await api.pay(invoice)
            await wait_until(lambda: receiver.types == ["invoice.paid"], seconds=20)
            path = f"/api/v1/invoices/{invoice['number']}/refund"
        with pytest.raises(aiohttp.ClientError):
            await client.post(path)
        assert await asyncio.wait_for(killed.wait(), stretched(20)) == -signal.SIGKILL
        expected = ["invoice.paid"] if point == "payment.attempt-stored" else ["invoice.paid", "invoice.refunded"]
        await wait_until(lambda: receiver.types == expected, seconds=20)
