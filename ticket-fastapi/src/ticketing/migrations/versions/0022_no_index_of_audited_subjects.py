"""Removes an index that no query uses: entries are read by their booking, and deleted by their age.

Each change of a booking wrote an entry into it.
"""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_audit_entries_subject", table_name="audit_entries")


def downgrade() -> None:
    op.create_index("ix_audit_entries_subject", "audit_entries", ["subject_id", "id"])
