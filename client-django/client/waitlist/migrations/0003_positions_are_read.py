from django.db import migrations


class Migration(migrations.Migration):
    """Positions are computed when they are read. The column stays for the previous release; the next one removes it."""

    dependencies = [
        ("waitlist", "0002_closed_accounts"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveField(model_name="waitlistentry", name="position")],
        ),
    ]
