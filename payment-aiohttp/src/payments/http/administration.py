"""Handlers of the webhook URL, of deliveries and of the simulation."""

from __future__ import annotations

from uuid import UUID

from aiohttp import web
from servicekit.cursors import page, read_cursor
from servicekit.db.engine import reading
from servicekit.http.addresses import require_allowed

from payments.db.deliveries import DELIVERY_LIST
from payments.http.answers import SimulationOutput
from payments.http.exchange import json, read_body, read_query
from payments.http.inputs import DeliveryQuery, Moment, Nothing, SimulationInput, WebhookInput
from payments.http.keys import services_of
from payments.usecases import configure
from payments.usecases.deliver_webhook import request_redelivery


async def get_webhook(request: web.Request) -> web.Response:
    """Answers the webhook URL, and whether sending is disabled."""
    return json(await configure.show_webhook(services_of(request)))


async def put_webhook(request: web.Request) -> web.Response:
    """Changes the webhook URL, which also enables sending."""
    body = await read_body(request, WebhookInput)
    services = services_of(request)
    await require_allowed(body.url, field="url", allow_private=services.settings.allow_private_addresses)
    return json(await configure.change_webhook(services, body.url))


async def get_deliveries(request: web.Request) -> web.Response:
    """Answers a page of deliveries, newest first, each with its attempts."""
    query = read_query(request, DeliveryQuery)
    after = read_cursor(query.cursor, tuple[Moment, UUID])
    async with reading(services_of(request).engine) as connection:
        filters = {"invoice_number": query.invoice, "state": query.state}
        found = await DELIVERY_LIST.find(connection, filters, after=after, limit=query.limit + 1)
    return json(page(found, query.limit, sort_values=lambda row: (row.created_at, row.id)))


async def post_redelivery(request: web.Request) -> web.Response:
    """Schedules a new attempt for a delivery, with the same `webhook-id`."""
    await read_body(request, Nothing, optional=True)
    return json(await request_redelivery(services_of(request), UUID(request.match_info["id"])), 202)


async def get_simulation(request: web.Request) -> web.Response:
    """Answers how payments behave at present."""
    return json(SimulationOutput.of(await configure.show_simulation(services_of(request))))


async def put_simulation(request: web.Request) -> web.Response:
    """Changes the given fields of the simulation."""
    changes = (await read_body(request, SimulationInput)).model_dump(mode="json", exclude_unset=True)
    return json(SimulationOutput.of(await configure.change_simulation(services_of(request), changes)))
