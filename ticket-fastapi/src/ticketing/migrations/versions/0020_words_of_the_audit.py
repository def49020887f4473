"""The audit says CANCEL_HOLD for CALL_OFF, and REQUEST_REFUND, payment's word, for OWE_REFUND.

The previous release reads neither word, and both may still come from it while replicas are exchanged.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

WORDS = {"CALL_OFF": "CANCEL_HOLD", "OWE_REFUND": "REQUEST_REFUND"}
"""The words before and after."""


def _rename(words: dict[str, str]) -> None:
    rows = sa.table("audit_entries", sa.column("action"))
    for before, after in words.items():
        op.execute(rows.update().where(rows.c.action == before).values(action=after))


def upgrade() -> None:
    _rename(WORDS)


def downgrade() -> None:
    _rename({after: before for before, after in WORDS.items()})
