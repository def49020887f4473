"""Health, metrics and the description of the interface."""

from __future__ import annotations

import json

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from payments import openapi
from payments.http.application import create_app
from payments.settings import Settings
from pydantic import PostgresDsn
from support.invoices import Till


async def test_the_service_is_well(client: aiohttp.ClientSession) -> None:
    for path in ("/healthz", "/readyz"):
        async with client.get(path, headers={"authorization": ""}) as answer:
            assert (answer.status, (await answer.json())["status"]) == (200, "ok")


async def test_without_its_database_it_lives_but_is_not_ready(settings: Settings) -> None:
    nowhere = PostgresDsn("postgresql://nobody@127.0.0.1:9/nothing")
    app = create_app(settings.model_copy(update={"database_url": nowhere}))
    headers = {"authorization": f"Bearer {settings.api_keys['ticket'].key.get_secret_value()}"}
    async with TestServer(app) as server, aiohttp.ClientSession(server.make_url("/"), headers=headers) as client:
        for path, status in (("/healthz", 200), ("/readyz", 503), ("/metrics", 200), ("/api/v1/invoices", 503)):
            async with client.get(path) as answer:
                assert answer.status == status
                if status == 503:
                    problem = json.loads(await answer.text())
                    assert (problem["type"], "database" in problem["detail"]) == ("not-ready", True)


async def test_metrics_count_requests_invoices_jobs_and_deliveries(till: Till) -> None:
    await till.pay(await till.make())
    async with till.client.get("/metrics") as answer:
        text = await answer.text()
        assert answer.content_type == "text/plain"
    assert 'payment_invoices{status="PROCESSING"} 1.0' in text
    assert 'payment_jobs{status="queued"} 1.0' in text
    assert 'payment_webhook_deliveries{state="DEAD"} 0.0' in text
    assert 'payment_http_request_seconds_count{method="POST",route="/pay/{token}",status="202"}' in text
    assert "/pay/{token:" not in text


async def test_the_interface_describes_itself_without_anything_from_elsewhere(client: aiohttp.ClientSession) -> None:
    async with client.get("/openapi.json") as answer:
        document = await answer.json()
    async with client.get("/docs") as answer:
        page = await answer.text()
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    for path in document["paths"]:
        assert f"<code>{path}</code>" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page


Printed = dict[str, dict[str, dict[str, object]]]


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Printed:
    openapi.main()
    document: Printed = json.loads(capsys.readouterr().out)
    return document


async def test_the_document_can_be_printed_without_settings(client: aiohttp.ClientSession, printed: Printed) -> None:
    async with client.get("/openapi.json") as answer:
        assert await answer.json() == printed


def test_every_reference_in_the_document_leads_somewhere(printed: Printed) -> None:
    text = json.dumps(printed)
    named = {piece.partition('"')[0] for piece in text.split("#/components/schemas/")[1:]}
    assert named <= set(printed["components"]["schemas"])
