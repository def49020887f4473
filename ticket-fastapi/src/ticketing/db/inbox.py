"""Webhooks that have been received (DESIGN section 5)."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.tables import webhook_inbox


async def remember(connection: AsyncConnection, webhook_id: str, type_: str, subject: str, version: int) -> bool:
    """Whether this webhook is new.

    A second one under the same id waits here until the first has been committed or undone.
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
    """What became of it: applied or ignored."""
    await connection.execute(
        sa.update(webhook_inbox).where(webhook_inbox.c.webhook_id == webhook_id).values(effect=effect)
    )
