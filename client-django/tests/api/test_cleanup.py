"""The cleanup finds what is old without reading what is not."""

import pytest
from django.db import connection, transaction
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from client.accounts.models import TokenFamily
from client.edge.models import IdempotencyKey
from client.notifications.models import Notification
from client.webhooks.models import InboxMessage
from client.worker.cleanup import STEPS, delete_old_rows

BY_AGE: dict[type[Model], str] = {
    InboxMessage: "inbox_by_time",
    Notification: "notifications_by_age",
    IdempotencyKey: "idempotency_by_age",
    TokenFamily: "token_families_by_end",
}
"""What grows with each booking and sign-in, and the index that begins with the age of a row."""


@pytest.mark.django_db
@pytest.mark.parametrize("model", BY_AGE)
def test_an_index_serves_each_question_for_what_is_too_old(model: type[Model]) -> None:
    with CaptureQueriesContext(connection) as statements:
        assert delete_old_rows() == len(STEPS)
    (asked,) = (
        each["sql"]
        for each in statements.captured_queries
        if each["sql"].startswith("SELECT") and f'FROM "{model._meta.db_table}"' in each["sql"]
    )
    with transaction.atomic(), connection.cursor() as cursor:
        # The tables of tests are so small that reading them whole is always cheaper.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {asked}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert f"on {BY_AGE[model]}" in plan or f"using {BY_AGE[model]}" in plan, plan
    assert "Index Cond" in plan
