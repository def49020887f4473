"""Entries of a queue are numbered, and counted in blocks, so that a position costs the same in a queue of any length.

Triggers do both, since the previous release adds and removes entries too, without knowing of numbers and blocks.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

WAITING = sa.text("status = 'WAITING'")
LIVE = sa.text("status IN ('WAITING', 'OFFERED')")
POSITIONS_DUE = sa.text("positions_due_at IS NOT NULL")
TABLE = "waitlist_entries"
NUMBER = "1 for the first who ever joined the queue of the seat; given by a trigger"
BEFORE = "when the new positions behind it are published; null while it is in the queue, and once done"
AFTER = "of the previous release; the next one removes it"
NUMBER_ENTRIES = """
UPDATE waitlist_entries SET queue_number = numbered.number FROM (
    SELECT id, row_number() OVER (PARTITION BY seat_id ORDER BY joined_at, id) AS number FROM waitlist_entries
) AS numbered WHERE numbered.id = waitlist_entries.id
"""
COUNT_ENTRIES = """
INSERT INTO waitlist_blocks (seat_id, level, block, waiting)
SELECT seat_id, level, queue_number / (64 ^ level)::int, count(*) FROM waitlist_entries, generate_series(1, 3) AS level
WHERE status = 'WAITING' GROUP BY 1, 2, 3
"""


def upgrade() -> None:
    # Until the commit nobody may join or leave unseen by the triggers.
    op.execute("LOCK TABLE waitlist_entries IN SHARE ROW EXCLUSIVE MODE")
    op.add_column(TABLE, sa.Column("queue_number", sa.Integer(), nullable=True, comment=NUMBER))
    op.create_table(
        "waitlist_blocks",
        sa.Column("seat_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("block", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.CheckConstraint("waiting >= 0", name=op.f("ck_waitlist_blocks_waiting_not_negative")),
        sa.ForeignKeyConstraint(
            ["seat_id"], ["seats.id"], name=op.f("fk_waitlist_blocks_seat_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("seat_id", "level", "block", name=op.f("pk_waitlist_blocks")),
        postgresql_with={"fillfactor": 50},
    )
    op.execute(NUMBER_ENTRIES)
    op.execute(COUNT_ENTRIES)
    op.get_bind().exec_driver_sql(Path(__file__).with_name("0012_triggers.sql").read_text())
    op.create_unique_constraint(op.f("uq_waitlist_entries_seat_id_queue_number"), TABLE, ["seat_id", "queue_number"])
    op.drop_index("ix_waitlist_entries_line", table_name=TABLE, postgresql_where=WAITING)
    op.create_index("ix_waitlist_entries_line", TABLE, ["seat_id", "queue_number"], postgresql_where=WAITING)
    op.create_index(
        "ix_waitlist_entries_event", TABLE, ["event_id", "seat_id", "queue_number"], postgresql_where=LIVE
    )
    op.create_index("ix_waitlist_entries_event_all", TABLE, ["event_id", "seat_id", "queue_number"])
    op.drop_index("ix_waitlist_entries_event_id", table_name=TABLE)
    op.drop_index("ix_waitlist_entries_positions_due", table_name=TABLE, postgresql_where=POSITIONS_DUE)
    op.alter_column(TABLE, "positions_due_at", comment=AFTER, existing_comment=BEFORE)


def downgrade() -> None:
    op.alter_column(TABLE, "positions_due_at", comment=BEFORE, existing_comment=AFTER)
    op.create_index(
        "ix_waitlist_entries_positions_due", TABLE, ["positions_due_at"], postgresql_where=POSITIONS_DUE
    )
    op.create_index("ix_waitlist_entries_event_id", TABLE, ["event_id"])
    op.drop_index("ix_waitlist_entries_event_all", table_name=TABLE)
    op.drop_index("ix_waitlist_entries_event", table_name=TABLE, postgresql_where=LIVE)
    op.drop_index("ix_waitlist_entries_line", table_name=TABLE, postgresql_where=WAITING)
    op.create_index("ix_waitlist_entries_line", TABLE, ["seat_id", "joined_at", "id"], postgresql_where=WAITING)
    op.drop_constraint(op.f("uq_waitlist_entries_seat_id_queue_number"), TABLE, type_="unique")
    for trigger in ("number_entry", "count_joined", "count_changed", "count_deleted"):
        op.execute(f"DROP TRIGGER {trigger} ON waitlist_entries")
    op.execute("DROP FUNCTION number_waitlist_entry")
    op.execute("DROP FUNCTION count_waitlist_entry")
    op.drop_table("waitlist_blocks")
    op.drop_column(TABLE, "queue_number")
