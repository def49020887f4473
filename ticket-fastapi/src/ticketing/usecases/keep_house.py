"""Removing what nobody needs any more, so that no table grows forever without use."""

from __future__ import annotations

from ticketing.db.housekeeping import forget_old_jobs, forget_old_webhooks
from ticketing.db.idempotency import forget_old_answers
from ticketing.services import Services


async def keep_house(services: Services) -> None:
    """Forget old answers, the log of finished jobs, and ids of webhooks that cannot come again."""
    for forget in (forget_old_answers, forget_old_jobs, forget_old_webhooks):
        async with services.engine.begin() as connection:
            await forget(connection)
