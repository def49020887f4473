"""Old rows are deleted after a stated period, a bounded number in each transaction."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from servicekit.db import idempotency, outbox, retention
from sqlalchemy.ext.asyncio import AsyncEngine
from ticketing.db import audit
from ticketing.db.booking import abandoned
from ticketing.db.webhooks import inbox
from ticketing.services import Services
from ticketing.usecases.worker.cleanup import clean_up

DELIVERIES = """
INSERT INTO webhook_deliveries (id, type, subject_id, subject_version, data, state, next_attempt_at, created_at)
SELECT gen_random_uuid(), 'booking.updated', gen_random_uuid(), 1, '{}', CAST(:state AS text),
    CASE WHEN CAST(:state AS text) = 'PENDING' THEN now() END, now() - CAST(:age AS interval)
FROM generate_series(1, :many)
"""
ATTEMPTS = """
INSERT INTO webhook_attempts (delivery_id, number, latency_ms)
SELECT id, n, 1 FROM webhook_deliveries, generate_series(1, 2) n
"""
AUDIT = """
INSERT INTO audit_entries (at, subject_type, subject_id, actor, action)
SELECT now() - CAST(:age AS interval), 'seat', gen_random_uuid(), 'test', 'TAKE' FROM generate_series(1, :many)
"""
INBOX = """
INSERT INTO webhook_inbox (webhook_id, type, subject, subject_version, effect, received_at)
SELECT gen_random_uuid(), 'invoice.paid', 'x', 1, 'applied', now() - CAST(:age AS interval)
FROM generate_series(1, :many)
"""
KEYS = """
INSERT INTO idempotency_keys (caller, key, request_hash, created_at)
SELECT 'test', gen_random_uuid(), 'x', now() - CAST(:age AS interval) FROM generate_series(1, :many)
"""
TOMBSTONES = """
INSERT INTO abandoned_bookings (id, abandoned_at)
SELECT gen_random_uuid(), now() - CAST(:age AS interval) FROM generate_series(1, :many)
"""
KEPT = {
    KEYS: ("idempotency_keys", idempotency.REMEMBERED),
    INBOX: ("webhook_inbox", inbox.KEPT),
    AUDIT: ("audit_entries", audit.KEPT),
    TOMBSTONES: ("abandoned_bookings", abandoned.KEPT),
}
MANY = 25
HOUR = timedelta(hours=1)


async def count(engine: AsyncEngine, table: str) -> int:
    async with engine.connect() as connection:
        return int((await connection.execute(sa.select(sa.func.count()).select_from(sa.table(table)))).scalar_one())


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch, services: Services) -> Iterator[list[int]]:
    """Small batches; the list gets the number of rows that each statement has deleted."""
    sizes: list[int] = []
    for module in (retention, outbox):
        monkeypatch.setattr(module, "BATCH", 10)

    def note(_: object, cursor: object, statement: str, *__: object) -> None:
        if "DELETE" in statement and "webhook_attempts" not in statement:
            sizes.append(cursor.rowcount)  # type: ignore[attr-defined]

    sa.event.listen(services.engine.sync_engine, "after_cursor_execute", note)
    yield sizes
    sa.event.remove(services.engine.sync_engine, "after_cursor_execute", note)


@pytest.mark.parametrize("statement", KEPT, ids=[table for table, _ in KEPT.values()])
async def test_rows_are_kept_for_their_period_and_deleted_in_batches(
    services: Services, batches: list[int], statement: str
) -> None:
    table, kept = KEPT[statement]
    async with services.engine.begin() as connection:
        for age, many in ((kept + HOUR, MANY), (kept - HOUR, 3)):
            await connection.execute(sa.text(statement), {"age": age, "many": many})
    await clean_up(services)
    assert await count(services.engine, table) == 3
    assert max(batches) == 10
    assert sum(batches) == MANY


async def test_deliveries_are_deleted_with_their_attempts_and_dead_ones_stay_longer(
    services: Services, batches: list[int]
) -> None:
    delivered, dead = outbox.DELIVERED_KEPT, outbox.DEAD_KEPT
    assert delivered < dead
    async with services.engine.begin() as connection:
        for state, age, many in (
            ("DELIVERED", delivered + HOUR, MANY),
            ("DELIVERED", delivered - HOUR, 2),
            ("DEAD", dead + HOUR, 1),
            ("DEAD", dead - HOUR, 1),
            ("PENDING", timedelta(days=1000), 1),
        ):
            await connection.execute(sa.text(DELIVERIES), {"state": state, "age": age, "many": many})
        await connection.execute(sa.text(ATTEMPTS))
    await clean_up(services)
    assert await count(services.engine, "webhook_deliveries") == 4
    assert await count(services.engine, "webhook_attempts") == 8
    assert max(batches) == 10


async def test_a_row_that_somebody_else_uses_does_not_hold_up_the_cleanup(services: Services) -> None:
    async with services.engine.begin() as connection:
        await connection.execute(sa.text(KEYS), {"age": timedelta(days=2), "many": 2})
    async with services.engine.begin() as other:
        await other.execute(sa.text("SELECT FROM idempotency_keys LIMIT 1 FOR UPDATE"))
        await clean_up(services)
        assert await count(services.engine, "idempotency_keys") == 1
