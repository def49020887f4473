"""Removing what nobody needs any more, so that no table grows forever without use."""

from __future__ import annotations

from payments.db.housekeeping import forget_old_jobs
from payments.db.idempotency import forget_old_answers
from payments.services import Services


async def keep_house(services: Services) -> None:
    """Forget old answers and the log of finished jobs."""
    for forget in (forget_old_answers, forget_old_jobs):
        async with services.engine.begin() as connection:
            await forget(connection)
