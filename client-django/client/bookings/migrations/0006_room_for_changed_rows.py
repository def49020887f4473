"""Leaves free space on each page, so that a changed row stands on the same page as the old one, and the write-ahead log
holds only what differs.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("bookings", "0005_no_index_of_users")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE bookings_booking SET (fillfactor = 60)", "ALTER TABLE bookings_booking RESET (fillfactor)"
        )
    ]
