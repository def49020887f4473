"""A changed event is published with every live booking and waitlist entry; each says when that was.

Not as an operation in `event_operations`: the previous release's worker takes each of those for a cancellation.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
DUE = sa.text("facts_due_at IS NOT NULL")
COLUMNS = (
    ("events", "facts_changed_at", "when name, venue, time zone or start last changed"),
    ("events", "facts_due_at", "when a worker publishes the change with bookings and waitlist entries; null once done"),
    ("bookings", "facts_published_at", "when a change of the event was last published with it"),
    ("bookings", "document_made_at", "null for a document that is older than the column"),
    ("waitlist_entries", "facts_published_at", "when a change of the event was last published with it"),
)


def upgrade() -> None:
    for table, name, comment in COLUMNS:
        op.add_column(table, sa.Column(name, TIME, nullable=True, comment=comment))
    op.create_index("ix_events_facts_due", "events", ["facts_due_at"], postgresql_where=DUE)


def downgrade() -> None:
    op.drop_index("ix_events_facts_due", table_name="events", postgresql_where=DUE)
    for table, name, _ in reversed(COLUMNS):
        op.drop_column(table, name)
