"""Old rows are found by their time without a look at the whole table; such an index costs next to nothing to write."""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TIMES = {"audit_entries": "at", "webhook_inbox": "received_at", "webhook_deliveries": "created_at"}


def upgrade() -> None:
    for table, column in TIMES.items():
        op.create_index(f"ix_{table}_age", table, [column], postgresql_using="brin")


def downgrade() -> None:
    for table in TIMES:
        op.drop_index(f"ix_{table}_age", table_name=table, postgresql_using="brin")
