"""The webhook URL: one row, which takes its first value from the environment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from payments.db.tables import webhook_config as rows


@dataclass(frozen=True, slots=True)
class WebhookConfig:
    """The webhook URL; `disabled_at` is set while sending is disabled because the receiver answered 410."""

    url: str
    disabled_at: datetime | None
    updated_at: datetime


_COLUMNS = (rows.c.url, rows.c.disabled_at, rows.c.updated_at)


async def read(connection: AsyncConnection, first_url: str) -> WebhookConfig:
    """Returns the stored configuration; stores `first_url` if there is none yet."""
    row = (await connection.execute(sa.select(*_COLUMNS))).one_or_none()
    if row is None:
        await connection.execute(insert(rows).values(id=1, url=first_url).on_conflict_do_nothing())
        row = (await connection.execute(sa.select(*_COLUMNS))).one()
    return WebhookConfig(*row)


async def store(connection: AsyncConnection, url: str) -> WebhookConfig:
    """Stores `url` as the webhook URL and enables sending."""
    values = {"url": url, "disabled_at": None, "updated_at": sa.func.clock_timestamp()}
    statement = insert(rows).values(id=1, **values)
    statement = statement.on_conflict_do_update(index_elements=["id"], set_=values)
    return WebhookConfig(*(await connection.execute(statement.returning(*_COLUMNS))).one())


async def disable(connection: AsyncConnection, url: str) -> None:
    """Disables sending because `url` answered 410; does nothing if the webhook URL has changed meanwhile."""
    await connection.execute(
        sa.update(rows)
        .where(rows.c.url == url, rows.c.disabled_at.is_(None))
        .values(disabled_at=sa.func.clock_timestamp())
    )
