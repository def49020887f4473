"""Health, metrics and the description of the interface."""

from __future__ import annotations

import json

import aiohttp
import pytest
from payments import openapi
from support.invoices import Till


async def test_the_service_is_well(client: aiohttp.ClientSession) -> None:
    for path in ("/healthz", "/readyz"):
        async with client.get(path, headers={"authorization": ""}) as answer:
            assert (answer.status, (await answer.json())["status"]) == (200, "ok")


async def test_metrics_count_requests_invoices_work_and_deliveries(till: Till) -> None:
    await till.pay(await till.make())
    async with till.client.get("/metrics") as answer:
        text = await answer.text()
        assert answer.content_type == "text/plain"
    assert 'payment_invoices{status="PROCESSING"} 1.0' in text
    assert 'payment_work_due{kind="payment"} 1.0' in text
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
