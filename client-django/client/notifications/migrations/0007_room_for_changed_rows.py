"""Leaves free space on each page, so that a changed row stands on the same page as the old one, and the write-ahead log
holds only what differs.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("notifications", "0006_no_unused_indexes")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE notifications_notification SET (fillfactor = 70)",
            "ALTER TABLE notifications_notification RESET (fillfactor)",
        )
    ]
