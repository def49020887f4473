from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Without a transaction, and so without a lock that would stop writers while the index is built.
    atomic = False

    dependencies = [("notifications", "0004_trace_of_the_request")]

    operations = [
        AddIndexConcurrently(
            model_name="notification",
            index=models.Index(fields=["created_at"], name="notifications_by_age"),
        ),
    ]
