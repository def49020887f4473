"""What operators change while the service runs: where webhooks go, and how the simulated gateway behaves."""

from __future__ import annotations

from typing import Any

from payments.db import deliveries, simulation, webhook_config
from payments.db.webhook_config import WebhookConfig
from payments.domain.chance import Simulation
from payments.services import Services


async def show_webhook(services: Services) -> WebhookConfig:
    """Where webhooks go."""
    async with services.engine.begin() as connection:
        return await webhook_config.read(connection, services.settings.webhook_url)


async def change_webhook(services: Services, url: str) -> WebhookConfig:
    """Send to `url` from now on, also what was held back while sending was disabled."""
    async with services.engine.begin() as connection:
        config = await webhook_config.store(connection, url)
        await deliveries.release_held(connection)
    services.bell.ring()
    return config


async def show_simulation(services: Services) -> Simulation:
    """How payments behave just now."""
    async with services.engine.connect() as connection:
        return await simulation.read(connection, services.settings)


async def change_simulation(services: Services, changes: dict[str, Any]) -> Simulation:
    """Change some of it, until changed again; a restart keeps it."""
    async with services.engine.begin() as connection:
        if changes:
            await simulation.change(connection, changes)
        return await simulation.read(connection, services.settings)
