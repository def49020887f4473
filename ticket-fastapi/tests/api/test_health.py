"""The endpoints for operators: health, readiness, metrics and documentation."""

from __future__ import annotations

import json
import re
from uuid import uuid4

import httpx
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine
from support.deliveries import add_delivery
from support.server import serve
from ticketing.http.app import create_app
from ticketing.services import Services
from ticketing.settings import Settings


async def test_a_live_process_answers_ok(live_client: httpx.AsyncClient) -> None:
    assert (await live_client.get("/healthz")).json() == {"status": "ok"}


async def test_the_service_is_ready_when_its_dependencies_answer(
    live_client: httpx.AsyncClient, services: Services
) -> None:
    await services.object_store.ensure_bucket()
    answer = await live_client.get("/readyz")
    assert answer.json() == {"status": "ok", "checks": {"database": "ok", "object store": "ok"}}


async def test_the_service_is_not_ready_without_its_dependencies_and_names_them(settings: Settings) -> None:
    nowhere = settings.model_copy(
        update={"database_url": "postgresql://nobody@127.0.0.1:9/nothing", "s3_endpoint": "http://127.0.0.1:9"}
    )
    app = create_app(nowhere)
    async with app.router.lifespan_context(app), serve(app) as url, httpx.AsyncClient(base_url=url) as client:
        answer = await client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["type"] == "not-ready"
        assert answer.json()["detail"] == "Does not answer: database, object store."
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/metrics")).status_code == 200


async def test_metrics_count_requests_by_route_and_show_what_waits(
    app_client: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    await app_client.get("/api/v1/events/00000000-0000-0000-0000-000000000000")
    async with engine.begin() as connection:
        await add_delivery(connection, type="booking.updated", subject_id=uuid4(), subject_version=1, data={})
    text = (await app_client.get("/metrics")).text
    assert 'ticket_http_request_seconds_count{method="GET",route="/api/v1/events/{event_id}",status="404"}' in text
    assert 'ticket_work_due{lane="deliveries"} 1.0' in text
    assert 'ticket_work_due{lane="deadlines"} 0.0' in text
    assert 'ticket_webhook_deliveries{state="DEAD"} 0.0' in text
    assert 'ticket_bookings_overdue{status="HOLDING"} 0.0' in text
    assert "ticket_waitlist_waiting 0.0" in text


async def test_the_documentation_loads_nothing_from_other_hosts(app: FastAPI, app_client: httpx.AsyncClient) -> None:
    page = await app_client.get("/docs")
    assert page.status_code == 200
    assert "https://" not in page.text
    document = (await app_client.get("/openapi.json")).json()
    references = re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document))
    assert references
    for reference in references:
        assert reference in document["components"]["schemas"]
    assets = re.findall(r'"(/docs/[^"]+)"', page.text)
    assert assets
    for asset in assets:
        assert (await app_client.get(asset)).status_code == 200
    assert document["paths"].keys() >= {"/api/v1/events", "/api/v1/webhook-deliveries", "/healthz"}
