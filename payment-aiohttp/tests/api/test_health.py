"""Health, metrics and the OpenAPI document."""

from __future__ import annotations

import json
import re
from typing import Any, cast

import aiohttp
import pytest
from payments import openapi
from support.payment_api import PaymentApi


async def test_health_and_readiness_are_answered_without_a_key(client: aiohttp.ClientSession) -> None:
    for path in ("/healthz", "/readyz"):
        async with client.get(path, headers={"authorization": ""}) as answer:
            assert (answer.status, (await answer.json())["status"]) == (200, "ok")


async def test_metrics_count_requests_invoices_work_and_deliveries(api: PaymentApi) -> None:
    await api.pay(await api.create_invoice())
    async with api.client.get("/metrics") as answer:
        text = await answer.text()
        assert answer.content_type == "text/plain"
    assert 'payment_invoices{status="PROCESSING"} 1.0' in text
    assert 'payment_work_due{kind="payment"} 1.0' in text
    assert 'payment_webhook_deliveries{state="DEAD"} 0.0' in text
    assert 'payment_http_request_seconds_count{method="POST",route="/pay/{token}",status="202"}' in text
    assert "/pay/{token:" not in text


async def test_the_documentation_page_shows_every_operation_and_loads_nothing_from_other_sites(
    client: aiohttp.ClientSession,
) -> None:
    async with client.get("/openapi.json") as answer:
        document = await answer.json()
    async with client.get("/docs") as answer:
        page = await answer.text()
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert page.count("<details") == sum(len(operations) for operations in document["paths"].values()) > 15
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


def test_the_document_refers_to_each_of_its_schemas_and_to_no_other(printed: Printed) -> None:
    referenced = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(printed)))
    assert {"InvoiceInput", "InvoiceOutput", "ProblemDocument"} <= referenced
    assert referenced == set(printed["components"]["schemas"])


def test_every_summary_and_description_of_an_operation_is_a_sentence(printed: Printed) -> None:
    operations: list[Any] = [operation for methods in printed["paths"].values() for operation in methods.values()]
    texts = [operation[name] for operation in operations for name in ("summary", "description")]
    texts += [found["description"] for operation in operations for found in operation["responses"].values()]
    texts += [found["description"] for operation in operations for found in operation["parameters"]]
    assert len(texts) > 100
    assert [text for text in texts if not re.fullmatch(r"[A-Z`].* .*\.", text, flags=re.DOTALL)] == []


def test_every_field_of_a_schema_has_a_description(printed: Printed) -> None:
    fields = {
        (name, field): shape
        for name, schema in printed["components"]["schemas"].items()
        for field, shape in cast("dict[str, Any]", schema).get("properties", {}).items()
    }
    assert len(fields) > 50
    # The named schema that a plain reference leads to has a description of its own.
    assert [field for field, shape in fields.items() if not {"description", "$ref"} & set(shape)] == []
