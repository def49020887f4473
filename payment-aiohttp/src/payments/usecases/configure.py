"""Settings that operators change while the service runs: the webhook URL and the simulated gateway."""

from __future__ import annotations

from typing import Any

from payments.db import deliveries, simulation, webhook_config
from payments.db.webhook_config import WebhookConfig
from payments.domain.chance import Simulation
from payments.services import Services


async def show_webhook(services: Services) -> WebhookConfig:
    """Returns the URL that receives the webhooks, and whether sending is disabled."""
    async with services.engine.begin() as connection:
        return await webhook_config.read(connection, services.settings.webhook_url)


async def change_webhook(services: Services, url: str) -> WebhookConfig:
    """Sends webhooks to `url` from now on, including those that were held back while sending was disabled."""
    async with services.engine.begin() as connection:
        config = await webhook_config.store(connection, url)
        await deliveries.resume_held(connection)
    services.bell.ring()
    return config


async def show_simulation(services: Services) -> Simulation:
    """Returns how the simulated gateway behaves at present."""
    async with services.engine.connect() as connection:
        return await simulation.read(connection, services.settings)


async def change_simulation(services: Services, changes: dict[str, Any]) -> Simulation:
    """Changes the given fields of the simulation; the change survives a restart."""
    async with services.engine.begin() as connection:
        if changes:
            await simulation.change(connection, changes)
        return await simulation.read(connection, services.settings)
