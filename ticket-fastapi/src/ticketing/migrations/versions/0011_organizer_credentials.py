"""Every organizer has a key of its own.

Until now all were sent the key ORGANIZER_API_KEY. If this variable is set for the migration, the organizers that exist
keep that key until staff sets another one; without it, nothing is asked of them before staff has set one. The previous
release goes on with its variable.
"""

from __future__ import annotations

import os

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "organizers",
        sa.Column("api_key", sa.Text(), comment="the organizer's own; null: nothing is asked of it. Never shown"),
    )
    op.add_column(
        "organizers",
        sa.Column("previous_api_key", sa.Text(), comment="tried until the organizer has accepted the new one"),
    )
    op.add_column("organizers", sa.Column("api_key_set_at", sa.DateTime(timezone=True)))
    if key := os.environ.get("ORGANIZER_API_KEY"):
        op.execute(sa.text("UPDATE organizers SET api_key = :key, api_key_set_at = now()").bindparams(key=key))


def downgrade() -> None:
    for column in ("api_key_set_at", "previous_api_key", "api_key"):
        op.drop_column("organizers", column)
