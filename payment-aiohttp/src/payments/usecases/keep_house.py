"""Removing what nobody needs any more, so that no table grows forever without use."""

from __future__ import annotations

import structlog

from payments.db.idempotency import ANSWERS
from payments.db.postponed_work import forget_what_is_over
from payments.services import Services

STEPS = (ANSWERS.forget_old, forget_what_is_over)

log = structlog.get_logger()


async def keep_house(services: Services) -> None:
    """Take every step, each in a transaction of its own: one that fails keeps no other from being taken."""
    for forget in STEPS:
        try:
            async with services.engine.begin() as connection:
                await forget(connection)
        except Exception:
            log.exception("housekeeping.step-failed", step=forget.__name__)
