from django.db import migrations


class Migration(migrations.Migration):
    """Makes the table of throttle counts unlogged: a crash may lose the counts of a minute, and a request costs no disk
    write.
    """

    dependencies = [("api", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE api_throttlewindow SET UNLOGGED",
            reverse_sql="ALTER TABLE api_throttlewindow SET LOGGED",
        )
    ]
