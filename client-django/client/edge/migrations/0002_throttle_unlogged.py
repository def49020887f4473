from django.db import migrations


class Migration(migrations.Migration):
    """Counts of a minute need not survive a crash of the server, and so cost no write to disk for each request."""

    dependencies = [("api", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE api_throttlewindow SET UNLOGGED",
            reverse_sql="ALTER TABLE api_throttlewindow SET LOGGED",
        )
    ]
