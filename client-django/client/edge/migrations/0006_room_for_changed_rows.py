"""Leaves free space on each page, so that a changed row stands on the same page as the old one, and the write-ahead log
holds only what differs.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("api", "0005_no_indexes_of_patterns")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE api_idempotencykey SET (fillfactor = 70)", "ALTER TABLE api_idempotencykey RESET (fillfactor)"
        )
    ]
