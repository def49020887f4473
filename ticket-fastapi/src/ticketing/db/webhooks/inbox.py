"""The ids of the webhooks that this service received: each takes effect once (docs/booking.md, Webhooks)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import timedelta

import asyncpg
import sqlalchemy as sa
from servicekit.db.retention import delete_batch
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.tables import webhook_inbox

KEPT = timedelta(days=30)
"""Far longer than a sender keeps trying, so that no webhook can take effect a second time."""


_REMEMBER_APPLIED = """
INSERT INTO webhook_inbox (webhook_id, type, subject, subject_version, effect)
SELECT webhook_id, type, subject, subject_version, 'applied'
FROM unnest($1::text[], $2::text[], $3::text[], $4::int[]) AS received (webhook_id, type, subject, subject_version)
ORDER BY webhook_id
ON CONFLICT DO NOTHING
RETURNING webhook_id
"""


@dataclass(frozen=True, slots=True)
class ReceivedWebhook:
    """What is remembered of a webhook: its id and type, and the version of the subject that it is about."""

    webhook_id: str
    type: str
    subject: str
    subject_version: int


async def remember(connection: AsyncConnection, webhook_id: str, type_: str, subject: str, version: int) -> bool:
    """Stores the webhook's id, as that of one that is applied; returns False if it was stored before.

    If another transaction has just stored the same id, this waits until that transaction commits or rolls back.
    """
    row = {
        "webhook_id": webhook_id,
        "type": type_,
        "subject": subject,
        "subject_version": version,
        "effect": "applied",
    }
    added = await connection.execute(insert(webhook_inbox).values(row).on_conflict_do_nothing())
    return added.rowcount == 1


async def remember_applied(driver: asyncpg.Connection, webhooks: Sequence[ReceivedWebhook]) -> set[str]:
    """Stores the ids of several webhooks that are applied in this transaction; returns those that are new.

    Waits, like `remember`, and in the order of the ids, so that two batches do not wait for each other.
    """
    columns = [list(column) for column in zip(*(astuple(each) for each in webhooks), strict=True)]
    return {row["webhook_id"] for row in await driver.fetch(_REMEMBER_APPLIED, *columns)}


async def forget(driver: asyncpg.Connection, webhook_ids: Iterable[str]) -> None:
    """Takes back what `remember_applied` has stored in this transaction, for webhooks that were not applied."""
    await driver.execute("DELETE FROM webhook_inbox WHERE webhook_id = ANY ($1::text[])", list(webhook_ids))


async def mark_ignored(connection: AsyncConnection, webhook_id: str) -> None:
    """Records that the webhook had no effect."""
    await connection.execute(
        sa.update(webhook_inbox).where(webhook_inbox.c.webhook_id == webhook_id).values(effect="ignored")
    )


async def delete_old_webhooks(connection: AsyncConnection) -> int:
    """Deletes ids of webhooks that no sender repeats any more, at most `BATCH`; returns how many."""
    return await delete_batch(connection, webhook_inbox, webhook_inbox.c.received_at < sa.func.now() - KEPT)
