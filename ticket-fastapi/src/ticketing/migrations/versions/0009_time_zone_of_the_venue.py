"""An event has the time zone of its venue.

Until now every event was shown in DOCUMENT_TIME_ZONE, whose default is also the default of the column: the previous
release writes events without a zone.
"""

from __future__ import annotations

import os

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

DEFAULT = "Asia/Jakarta"


def upgrade() -> None:
    op.add_column(
        "events",
        sa.Column(
            "time_zone",
            sa.Text(),
            server_default=DEFAULT,
            nullable=False,
            comment="IANA name; every time of the event is shown to people in it",
        ),
    )
    shown_in = os.environ.get("DEFAULT_TIME_ZONE") or os.environ.get("DOCUMENT_TIME_ZONE") or DEFAULT
    if shown_in != DEFAULT:
        op.execute(sa.text("UPDATE events SET time_zone = :zone").bindparams(zone=shown_in))


def downgrade() -> None:
    op.drop_column("events", "time_zone")
