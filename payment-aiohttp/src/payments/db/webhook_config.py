"""Where webhooks are sent: one row, which the environment fills the first time only (DESIGN section 6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from payments.db.tables import webhook_config as rows


@dataclass(frozen=True, slots=True)
class WebhookConfig:
    """`disabled_at` is set while nothing is sent, because the receiver answered 410."""

    url: str
    disabled_at: datetime | None
    updated_at: datetime


_COLUMNS = (rows.c.url, rows.c.disabled_at, rows.c.updated_at)


async def read(connection: AsyncConnection, first_url: str) -> WebhookConfig:
    """As stored; `first_url` where nothing was stored yet."""
    row = (await connection.execute(sa.select(*_COLUMNS))).one_or_none()
    if row is None:
        await connection.execute(insert(rows).values(id=1, url=first_url).on_conflict_do_nothing())
        row = (await connection.execute(sa.select(*_COLUMNS))).one()
    return WebhookConfig(*row)


async def store(connection: AsyncConnection, url: str) -> WebhookConfig:
    """Send to `url` from now on; enabled again if it was disabled."""
    values = {"url": url, "disabled_at": None, "updated_at": sa.func.clock_timestamp()}
    statement = insert(rows).values(id=1, **values)
    statement = statement.on_conflict_do_update(index_elements=["id"], set_=values)
    return WebhookConfig(*(await connection.execute(statement.returning(*_COLUMNS))).one())


async def disable(connection: AsyncConnection, url: str) -> None:
    """Send nothing more to `url`, which has said so; harmless when webhooks go elsewhere by now."""
    await connection.execute(
        sa.update(rows)
        .where(rows.c.url == url, rows.c.disabled_at.is_(None))
        .values(disabled_at=sa.func.clock_timestamp())
    )
