"""Deletes rows that nobody needs any more, so that no table grows for ever."""

from __future__ import annotations

import structlog
from servicekit.db.retention import delete_in_batches

from payments.db.deliveries import OUTBOX
from payments.db.idempotency import ANSWERS
from payments.db.invoices import delete_old_audit_entries
from payments.db.postponed_work import delete_abandoned
from payments.services import Services

DELETIONS = (ANSWERS.delete_old, delete_abandoned, OUTBOX.delete_old_deliveries, delete_old_audit_entries)

log = structlog.get_logger()


async def clean_up(services: Services) -> None:
    """Runs every deletion, batch by batch, so that nothing waits for one; a failure does not prevent the others."""
    for delete in DELETIONS:
        try:
            await delete_in_batches(services.engine, delete)
        except Exception:
            log.exception("cleanup.failed", deletion=delete.__name__)
