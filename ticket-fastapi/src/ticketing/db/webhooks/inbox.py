"""The ids of the webhooks that this service received: each takes effect once (docs/booking.md, Webhooks)."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from servicekit.db.retention import delete_batch
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.tables import webhook_inbox

KEPT = timedelta(days=30)
"""Far longer than a sender keeps trying, so that no webhook can take effect a second time."""


async def remember(connection: AsyncConnection, webhook_id: str, type_: str, subject: str, version: int) -> bool:
    """Stores the webhook's id; returns False if it was stored before.

    If another transaction has just stored the same id, this waits until that transaction commits or rolls back.
    """
    row = {
        "webhook_id": webhook_id,
        "type": type_,
        "subject": subject,
        "subject_version": version,
        "effect": "ignored",
    }
    added = await connection.execute(insert(webhook_inbox).values(row).on_conflict_do_nothing())
    return added.rowcount == 1


async def set_effect(connection: AsyncConnection, webhook_id: str, effect: str) -> None:
    """Records the effect of the webhook: applied or ignored."""
    await connection.execute(
        sa.update(webhook_inbox).where(webhook_inbox.c.webhook_id == webhook_id).values(effect=effect)
    )


async def delete_old_webhooks(connection: AsyncConnection) -> int:
    """Deletes ids of webhooks that no sender repeats any more, at most `BATCH`; returns how many."""
    return await delete_batch(connection, webhook_inbox, webhook_inbox.c.received_at < sa.func.now() - KEPT)
