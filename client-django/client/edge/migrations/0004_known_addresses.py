from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("api", "0003_answers_as_text")]

    operations = [
        migrations.CreateModel(
            name="KnownAddress",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("seen_at", models.DateTimeField(help_text="When somebody last signed in from it, to the day.")),
            ],
            options={"indexes": [models.Index(fields=["seen_at"], name="known_addresses_by_age")]},
        ),
    ]
