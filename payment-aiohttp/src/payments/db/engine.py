"""The asynchronous engine; one per process."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from pydantic_core import from_json, to_json
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from payments.settings import Settings

COMMAND_SECONDS = 20
CHECKOUT_SECONDS = 10


def create_engine(settings: Settings, application_name: str = "payment") -> AsyncEngine:
    """An engine whose every command and every wait for a connection has a deadline.

    `application_name` is what `pg_stat_activity` shows for this process.
    """
    engine = create_async_engine(
        settings.database_url_for("asyncpg"),
        pool_size=settings.database_pool_size,
        max_overflow=0,
        pool_timeout=CHECKOUT_SECONDS,
        # Last in, first out keeps few connections hot, with their prepared statements.
        pool_use_lifo=True,
        # Names, addresses and payment tokens have no business in the log of an error.
        hide_parameters=True,
        json_serializer=lambda value: to_json(value).decode(),
        json_deserializer=from_json,
        connect_args={
            "timeout": CHECKOUT_SECONDS,
            "command_timeout": COMMAND_SECONDS,
            "prepared_statement_cache_size": 500,
            "server_settings": {
                "application_name": application_name,
                # Planning is short here and compiling costs more than it saves.
                "jit": "off",
                "idle_in_transaction_session_timeout": "60s",
            },
        },
    )
    sa.event.listen(engine.sync_engine, "checkout", _refuse_lost_connection)
    return engine


def _refuse_lost_connection(connection: Any, _record: object, _proxy: object) -> None:
    # Costs no round trip, unlike a ping: after a restart of PostgreSQL the driver knows already that the socket is
    # gone.
    if connection.driver_connection.is_closed():
        raise sa.exc.DisconnectionError


def reading(engine: AsyncEngine) -> AsyncConnection:
    """A connection for single SELECTs (`async with`).

    Without BEGIN and ROLLBACK around them, which would be two round trips more.
    """
    return engine.execution_options(isolation_level="AUTOCOMMIT").connect()
