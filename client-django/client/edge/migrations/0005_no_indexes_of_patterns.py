"""Drops indexes that nothing uses: nobody looks for a key by its beginning."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("api", "0004_known_addresses")]

    operations = [
        migrations.RunSQL(
            "DROP INDEX IF EXISTS api_throttlewindow_key_3acb1f28_like",
            "CREATE INDEX api_throttlewindow_key_3acb1f28_like ON api_throttlewindow (key varchar_pattern_ops)",
        ),
        migrations.RunSQL(
            "DROP INDEX IF EXISTS api_knownaddress_key_0011d2b3_like",
            "CREATE INDEX api_knownaddress_key_0011d2b3_like ON api_knownaddress (key varchar_pattern_ops)",
        ),
    ]
