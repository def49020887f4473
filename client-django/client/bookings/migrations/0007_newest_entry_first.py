from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bookings", "0006_room_for_changed_rows")]

    operations = [
        migrations.AlterField(
            model_name="booking",
            name="history",
            field=models.JSONField(
                db_default=[],
                default=list,
                help_text="Every change as this service saw it (`HistoryEntry`), the newest first.",
            ),
        )
    ]
