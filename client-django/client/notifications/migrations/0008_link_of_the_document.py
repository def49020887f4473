from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0007_room_for_changed_rows")]

    operations = [
        migrations.AddField(
            model_name="notification",
            name="document_url",
            field=models.TextField(
                db_default="",
                editable=False,
                help_text="The link to the document that made the e-mail due, for minutes; empty once it was sent.",
            ),
        )
    ]
