from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("waitlist", "0003_positions_are_read"),
    ]

    operations = [
        migrations.AddField(
            model_name="waitlistentry",
            name="event",
            field=models.JSONField(
                help_text="As ticket last said, so that a change of it notifies the user.", null=True
            ),
        ),
    ]
