"""Old audit entries are found by their time without a look at the whole table."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_audit_entries_age", "audit_entries", ["at"], postgresql_using="brin")


def downgrade() -> None:
    op.drop_index("ix_audit_entries_age", table_name="audit_entries", postgresql_using="brin")
