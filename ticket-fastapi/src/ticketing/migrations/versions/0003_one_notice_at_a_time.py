"""Of the transactions that enqueue at the same moment, one notifies the workers.

PostgreSQL lets only one transaction with a NOTIFY commit at a time, in the whole cluster: with PgQueuer's own trigger
every commit that enqueues waits for the disk alone, and a tenth of them get through per second. A notice says no more
than "look at the table", so while one is on its way the others leave theirs out. A worker that looked just too early
finds such a job when it is next notified, or after `dequeue_timeout`.
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# The lock goes with the transaction: whoever holds it has a notice on its way. Updates are left out, since PgQueuer's
# function says nothing of them; they would only hold the lock.
ONE_AT_A_TIME = """
CREATE OR REPLACE TRIGGER tg_pgqueuer_changed
AFTER INSERT OR DELETE OR TRUNCATE ON pgqueuer
WHEN (pg_try_advisory_xact_lock(hashtextextended('ch_pgqueuer', 0)))
EXECUTE FUNCTION fn_pgqueuer_changed()
"""

AS_DECLARED_BY_PGQUEUER = """
CREATE OR REPLACE TRIGGER tg_pgqueuer_changed
AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON pgqueuer
EXECUTE FUNCTION fn_pgqueuer_changed()
"""


def upgrade() -> None:
    op.execute(ONE_AT_A_TIME)


def downgrade() -> None:
    op.execute(AS_DECLARED_BY_PGQUEUER)
