"""Drops an index that nothing uses: `bookings_of_user` begins with the user as well."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bookings", "0004_history_in_the_booking")]

    operations = [
        # Django would make the foreign key anew, which reads the whole table.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="booking",
                    name="user",
                    field=models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="bookings", to=settings.AUTH_USER_MODEL
                    ),
                )
            ],
            database_operations=[
                migrations.RunSQL(
                    "DROP INDEX IF EXISTS bookings_booking_user_id_834dfc23",
                    "CREATE INDEX bookings_booking_user_id_834dfc23 ON bookings_booking (user_id)",
                )
            ],
        ),
    ]
