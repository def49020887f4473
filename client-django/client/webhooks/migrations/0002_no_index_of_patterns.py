"""Drops an index that nothing uses: nobody looks for a webhook by the beginning of its id."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("integrations", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "DROP INDEX IF EXISTS integrations_inboxmessage_id_8b7900e9_like",
            "CREATE INDEX integrations_inboxmessage_id_8b7900e9_like ON integrations_inboxmessage (id varchar_pattern_ops)",
        ),
    ]
