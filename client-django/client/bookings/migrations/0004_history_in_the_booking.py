from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bookings", "0003_texts_of_ticket_whole")]

    operations = [
        migrations.AddField(
            model_name="booking",
            name="history",
            field=models.JSONField(
                db_default=[],
                default=list,
                help_text="Every change as this service saw it, oldest first (`HistoryEntry`).",
            ),
        ),
    ]
