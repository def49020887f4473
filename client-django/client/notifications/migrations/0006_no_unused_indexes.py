"""Drops indexes that nothing uses: `notifications_of_user` begins with the user as well, and nobody looks for a cause by
its beginning.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0005_notifications_by_age")]

    operations = [
        # Django would make the foreign key anew, which reads the whole table.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="notification",
                    name="user",
                    field=models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="notifications", to=settings.AUTH_USER_MODEL
                    ),
                )
            ],
            database_operations=[
                migrations.RunSQL(
                    "DROP INDEX IF EXISTS notifications_notification_user_id_b5e8c0ff",
                    "CREATE INDEX notifications_notification_user_id_b5e8c0ff ON notifications_notification (user_id)",
                )
            ],
        ),
        migrations.RunSQL(
            "DROP INDEX IF EXISTS notifications_notification_cause_e1512175_like",
            "CREATE INDEX notifications_notification_cause_e1512175_like ON notifications_notification (cause varchar_pattern_ops)",
        ),
    ]
