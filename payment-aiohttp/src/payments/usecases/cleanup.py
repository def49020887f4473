"""Deletes rows that nobody needs any more, so that no table grows for ever."""

from __future__ import annotations

import structlog

from payments.db.idempotency import ANSWERS
from payments.db.postponed_work import delete_abandoned
from payments.services import Services

DELETIONS = (ANSWERS.delete_old, delete_abandoned)

log = structlog.get_logger()


async def clean_up(services: Services) -> None:
    """Runs every deletion in a transaction of its own, so that a failure of one does not prevent the others."""
    for delete in DELETIONS:
        try:
            async with services.engine.begin() as connection:
                await delete(connection)
        except Exception:
            log.exception("cleanup.failed", deletion=delete.__name__)
