"""The conventions of every HTTP interface (contracts/README.md), and the refusal of bad input."""

from __future__ import annotations

import json
import re
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from conftest import READER_KEY
from payments.http.application import create_app
from payments.http.documentation import openapi
from payments.settings import Settings
from sqlalchemy.ext.asyncio import AsyncEngine
from support.payment_api import INVOICES, PaymentApi, invoice_request, page_path
from yarl import URL

from devstack.contract_answers import api_of

JSON = {"content-type": "application/json"}
NOWHERE = "/api/v1/invoices/INV-NOWHERE"
DELIVERY = "/api/v1/webhook-deliveries/0b8f6f0e-54c5-4a37-8a25-7d1f6f6f3f01/redeliver"


async def assert_problem(answer: aiohttp.ClientResponse, status: int, slug: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(await answer.text())
    assert (answer.status, document["type"]) == (status, slug), document
    assert answer.content_type == "application/problem+json"
    assert document["status"] == status
    assert document["instance"] == answer.url.path
    assert document["request_id"] == answer.headers["X-Request-ID"]
    assert document["title"]
    assert document["detail"]
    return document


async def count(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return int((await connection.exec_driver_sql("SELECT count(*) FROM invoices")).scalar_one())


EXAMPLES = {"number": "INV-NOWHERE", "id": "0b8f6f0e-54c5-4a37-8a25-7d1f6f6f3f01"}
SCOPED = [
    (method.upper(), template.format_map(EXAMPLES))
    for template, methods in openapi()["paths"].items()
    for method, operation in methods.items()
    if not template.startswith("/pay/") and operation["tags"] != ["health"]
]
"""Every operation except those of buyers and probes, which carry no service key."""


@pytest.mark.parametrize(("method", "path"), SCOPED)
async def test_every_operation_of_services_needs_a_key_with_its_scope(
    client: aiohttp.ClientSession, method: str, path: str
) -> None:
    for authorization in ("", "Bearer", "Bearer wrong", "Basic dXNlcjpwYXNz", "Bearer \xe9\xff"):
        async with client.request(method, path, headers={"authorization": authorization}) as answer:
            await assert_problem(answer, 401, "unauthenticated")
            assert answer.headers["WWW-Authenticate"] == "Bearer"
    async with client.request(method, path, headers={"authorization": f"Bearer {READER_KEY}"}) as answer:
        if method == "GET" and path.startswith(INVOICES):
            assert answer.status in {200, 404}
        else:
            await assert_problem(answer, 403, "forbidden")


@pytest.mark.parametrize(
    ("method", "path", "status", "slug"),
    [
        ("GET", "/nowhere", 404, "not-found"),
        ("GET", "/api/v1/", 404, "not-found"),
        ("GET", NOWHERE, 404, "not-found"),
        ("GET", f"{INVOICES}/%00", 404, "not-found"),
        ("GET", f"{INVOICES}/%ff%fe", 404, "not-found"),
        ("GET", f"{INVOICES}/{'x' * 3000}", 404, "not-found"),
        ("GET", f"{NOWHERE}/timeline", 404, "not-found"),
        ("POST", f"{NOWHERE}/refund", 404, "not-found"),
        ("POST", "/api/v1/webhook-deliveries/not-a-uuid/redeliver", 404, "not-found"),
        ("GET", "/static/payments/", 404, "not-found"),
        ("GET", "/static/payments/nothing.css", 404, "not-found"),
        ("DELETE", INVOICES, 405, "method-not-allowed"),
        ("PUT", "/pay/some-token", 405, "method-not-allowed"),
        ("POST", "/healthz", 405, "method-not-allowed"),
    ],
)
async def test_an_unknown_path_or_method_is_refused(
    client: aiohttp.ClientSession, method: str, path: str, status: int, slug: str
) -> None:
    async with client.request(method, URL(path, encoded=True)) as answer:
        await assert_problem(answer, status, slug)
        if status == 405:
            assert answer.headers["Allow"]


@pytest.mark.parametrize("content", [b"", b"{", b"[1,", b"nonsense", b'{"a": NaN', b"\xff\xfe", b"\x00", b"{'a': 1}"])
@pytest.mark.parametrize(("method", "path"), [("POST", INVOICES), ("PUT", "/simulation")])
async def test_a_body_that_is_not_json_is_refused(
    client: aiohttp.ClientSession, method: str, path: str, content: bytes
) -> None:
    async with client.request(method, path, data=content, headers=JSON) as answer:
        await assert_problem(answer, 400, "malformed-json")


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "nonsense"]
)
@pytest.mark.parametrize("path", [INVOICES, f"{INVOICES}/void", f"{NOWHERE}/refund", DELIVERY])
async def test_a_body_of_another_media_type_is_refused(
    client: aiohttp.ClientSession, path: str, media_type: str
) -> None:
    async with client.post(path, data=b'{"a": 1}', headers={"content-type": media_type}) as answer:
        await assert_problem(answer, 415, "unsupported-media-type")


async def test_a_body_that_is_too_large_is_refused_with_and_without_a_content_length(
    client: aiohttp.ClientSession, api: PaymentApi
) -> None:
    large = json.dumps(invoice_request(description="x" * 70_000)).encode()

    async def in_pieces() -> Any:
        for start in range(0, len(large), 8192):
            yield large[start : start + 8192]

    page = page_path(await api.create_invoice())
    for path in (INVOICES, f"{INVOICES}/void", f"{NOWHERE}/refund", page):
        async with client.post(path, data=large, headers=JSON) as answer:
            await assert_problem(answer, 413, "body-too-large")
        async with client.post(path, data=in_pieces(), headers=JSON) as answer:
            await assert_problem(answer, 413, "body-too-large")


async def test_a_body_that_cannot_be_decompressed_is_refused(client: aiohttp.ClientSession) -> None:
    for encoding in ("gzip", "deflate"):
        headers = {**JSON, "content-encoding": encoding}
        async with client.post(INVOICES, data=b"not packed at all", headers=headers, skip_auto_headers=[]) as answer:
            assert answer.status == 400


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [(b"{", "application/json", 400), (b"{}", "text/plain", 415), (b" " * 70_000, "application/json", 413)],
)
async def test_every_call_documents_how_it_refuses_a_body_that_it_cannot_read(
    client: aiohttp.ClientSession, api: PaymentApi, body: bytes, media_type: str, status: int
) -> None:
    invoice = await api.create_invoice()
    token = page_path(invoice).removeprefix("/pay/")
    calls = api_of("payment").calls_with_body(number=invoice["number"], id=EXAMPLES["id"], token=token)
    for method, path, _ in calls:
        async with client.request(method, path, data=body, headers={"content-type": media_type}) as answer:
            document = await answer.json(content_type=None)
            found = api_of("payment").answer_mismatches(method, path, status=answer.status, body=document)
            assert (answer.status, found) == (status, []), (method, path, document)


WRONG_REQUESTS: list[tuple[dict[str, Any], str]] = [
    ({"reference": "seven"}, "reference"),
    ({"reference": None}, "reference"),
    ({"amount": -1}, "amount"),
    ({"amount": 1.5}, "amount"),
    ({"amount": "750000"}, "amount"),
    ({"amount": True}, "amount"),
    ({"amount": 10**30}, "amount"),
    ({"currency": "idr"}, "currency"),
    ({"currency": "IDR\n"}, "currency"),
    ({"currency": ""}, "currency"),
    ({"currency": "ZZZ"}, "currency"),
    ({"currency": "XXX"}, "currency"),
    ({"description": ""}, "description"),
    ({"description": "x" * 501}, "description"),
    ({"description": "a\x00b"}, "description"),
    ({"customer": None}, "customer"),
    ({"customer": []}, "customer"),
    ({"customer": {"id": "x", "name": "A", "email": "a@b.example"}}, "customer.id"),
    (
        {"customer": {"id": "0b8f6f0e-54c5-4a37-8a25-7d1f6f6f3f01", "name": "A\x00", "email": "a@b.example"}},
        "customer.name",
    ),
    ({"customer": {"id": "0b8f6f0e-54c5-4a37-8a25-7d1f6f6f3f01", "name": "A", "email": "nobody"}}, "customer.email"),
    ({"expires_at": "tomorrow"}, "expires_at"),
    ({"expires_at": "2026-11-23T10:00:00"}, "expires_at"),
    ({"expires_at": "0001-01-01T00:00:00+14:00"}, "expires_at"),
    ({"expires_at": "9999-12-31T23:59:59-14:00"}, "expires_at"),
    ({"return_url": "javascript:alert(1)"}, "return_url"),
    ({"return_url": "data:text/html,x"}, "return_url"),
    ({"return_url": "/relative"}, "return_url"),
    ({"return_url": "http://a/" + "x" * 3000}, "return_url"),
    ({"surprise": 1}, "surprise"),
]


@pytest.mark.parametrize(("change", "field"), WRONG_REQUESTS)
async def test_a_wrong_field_is_named_and_no_invoice_is_created(
    client: aiohttp.ClientSession, engine: AsyncEngine, change: dict[str, Any], field: str
) -> None:
    async with client.post(INVOICES, json=invoice_request(**change)) as answer:
        problem = await assert_problem(answer, 422, "validation-error")
    assert [wrong["field"] for wrong in problem["errors"]] == [field]
    assert all(set(wrong) == {"field", "code", "message"} for wrong in problem["errors"])
    assert await count(engine) == 0


@pytest.mark.parametrize("body", ["[]", "null", "1", '"text"', "{}", "[[[[]]]]", "[" * 3000 + "]" * 3000])
async def test_json_of_another_shape_is_refused(client: aiohttp.ClientSession, engine: AsyncEngine, body: str) -> None:
    async with client.post(INVOICES, data=body.encode(), headers=JSON) as answer:
        assert answer.status in {400, 422}
    assert await count(engine) == 0


@pytest.mark.parametrize(
    ("path", "field"),
    [
        (f"{INVOICES}?limit=0", "limit"),
        (f"{INVOICES}?limit=201", "limit"),
        (f"{INVOICES}?limit=many", "limit"),
        (f"{INVOICES}?limit=1e3", "limit"),
        (f"{INVOICES}?status=OPEN", "status"),
        (f"{INVOICES}?reference=1", "reference"),
        (f"{INVOICES}?cursor=nonsense", "cursor"),
        (f"{INVOICES}?cursor=WyJhIl0=", "cursor"),
        (f"{INVOICES}?cursor=WyIyMDI2LTExLTIzVDEwOjAwOjAwWiIsIlx1MDAwMCJd", "cursor"),
        (f"{INVOICES}?cursor={'A' * 1000}", "cursor"),
        (f"{INVOICES}?misspelt=1", "misspelt"),
        (f"{INVOICES}?status=PAID&status=VOID", "status"),
        ("/api/v1/webhook-deliveries?state=LOST", "state"),
        ("/api/v1/webhook-deliveries?invoice=%00", "invoice"),
        ("/api/v1/webhook-deliveries?cursor=e30=", "cursor"),
    ],
)
async def test_a_wrong_parameter_is_named(client: aiohttp.ClientSession, path: str, field: str) -> None:
    async with client.get(URL(path, encoded=True)) as answer:
        problem = await assert_problem(answer, 422, "validation-error")
    assert [wrong["field"] for wrong in problem["errors"]] == [field]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/simulation", {"failure_rate": 1.1}, "failure_rate"),
        ("/simulation", {"failure_rate": None}, "failure_rate"),
        ("/simulation", {"latency_ms": -1}, "latency_ms"),
        ("/simulation", {"next_outcomes": ["timeout"]}, "next_outcomes.0"),
        ("/simulation", {"next_outcomes": ["ok"] * 1001}, "next_outcomes"),
        ("/simulation", {"seed": -1}, "seed"),
        ("/simulation", {"seed": 2**63}, "seed"),
        ("/simulation", {"sead": 1}, "sead"),
        ("/api/v1/config/webhook", {}, "url"),
        ("/api/v1/config/webhook", {"url": "nowhere"}, "url"),
        ("/api/v1/config/webhook", {"url": "file:///etc/passwd"}, "url"),
        ("/api/v1/config/webhook", {"url": "http://a", "disabled_at": None}, "disabled_at"),
    ],
)
async def test_a_wrong_setting_is_named_and_changes_nothing(
    api: PaymentApi, path: str, body: dict[str, Any], field: str
) -> None:
    before = await api.call("GET", path)
    status, problem = await api.call("PUT", path, json=body)
    assert (status, problem["type"]) == (422, "validation-error")
    assert [wrong["field"] for wrong in problem["errors"]] == [field]
    assert await api.call("GET", path) == before


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "ö"])
async def test_an_unusable_idempotency_key_is_refused(
    client: aiohttp.ClientSession, engine: AsyncEngine, key: str
) -> None:
    async with client.post(INVOICES, json=invoice_request(), headers={"Idempotency-Key": key}) as answer:
        problem = await assert_problem(answer, 422, "validation-error")
    assert problem["errors"][0]["field"] == "Idempotency-Key"
    assert await count(engine) == 0


async def test_an_operation_without_input_accepts_an_empty_body_and_refuses_unknown_fields(api: PaymentApi) -> None:
    invoice = await api.create_invoice()
    for path in (f"{INVOICES}/{invoice['number']}/refund", page_path(invoice)):
        status, problem = await api.call("POST", path, json={"amount": 1})
        assert (status, problem["type"]) == (422, "validation-error")
    assert await api.pay(invoice) == 202


async def test_a_usable_request_id_is_kept_and_an_unusable_one_is_replaced(client: aiohttp.ClientSession) -> None:
    async with client.get("/healthz", headers={"X-Request-ID": "Abc.1_2-3"}) as answer:
        assert answer.headers["X-Request-ID"] == "Abc.1_2-3"
    for unusable in ("", "with space", "x" * 65, "ö"):
        async with client.get("/healthz", headers={"X-Request-ID": unusable}) as answer:
            assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-ID"])


async def test_without_simulation_controls_there_is_no_simulation(settings: Settings, engine: AsyncEngine) -> None:
    app = create_app(settings.model_copy(update={"simulation_controls": False}))
    headers = {"authorization": f"Bearer {settings.api_keys['ticket'].key.get_secret_value()}"}
    async with TestServer(app) as server, aiohttp.ClientSession(server.make_url("/"), headers=headers) as client:
        for method in ("GET", "PUT"):
            async with client.request(method, "/simulation") as answer:
                await assert_problem(answer, 404, "not-found")
