"""Configuration, deliveries and the simulation."""

from __future__ import annotations

from uuid import UUID

from aiohttp import web
from servicekit.cursors import page, read_cursor
from servicekit.db.engine import reading

from payments.db.deliveries import DELIVERIES
from payments.http.answers import SimulationOutput
from payments.http.exchange import json, read_body, read_query
from payments.http.inputs import DeliveryQuery, Moment, Nothing, SimulationInput, WebhookInput
from payments.http.keys import services_of
from payments.usecases import configure
from payments.usecases.deliver_webhook import redeliver


async def get_webhook(request: web.Request) -> web.Response:
    """Where webhooks go."""
    return json(await configure.show_webhook(services_of(request)))


async def put_webhook(request: web.Request) -> web.Response:
    """Send them elsewhere from now on; sending that was disabled is enabled again."""
    body = await read_body(request, WebhookInput)
    return json(await configure.change_webhook(services_of(request), body.url))


async def list_deliveries(request: web.Request) -> web.Response:
    """The newest first, each with its attempts; `state=DEAD` are those given up."""
    query = read_query(request, DeliveryQuery)
    after = read_cursor(query.cursor, tuple[Moment, UUID])
    async with reading(services_of(request).engine) as connection:
        wanted = {"invoice_number": query.invoice, "state": query.state}
        found = await DELIVERIES.find(connection, wanted, after=after, limit=query.limit + 1)
    return json(page(found, query.limit, sort_values=lambda row: (row.created_at, row.id)))


async def redeliver_(request: web.Request) -> web.Response:
    """Deliver once more, with the same `webhook-id`."""
    await read_body(request, Nothing, optional=True)
    return json(await redeliver(services_of(request), UUID(request.match_info["id"])), 202)


async def get_simulation(request: web.Request) -> web.Response:
    """How payments behave just now."""
    return json(SimulationOutput.of(await configure.show_simulation(services_of(request))))


async def put_simulation(request: web.Request) -> web.Response:
    """Change some of it."""
    changes = (await read_body(request, SimulationInput)).model_dump(mode="json", exclude_unset=True)
    return json(SimulationOutput.of(await configure.change_simulation(services_of(request), changes)))
