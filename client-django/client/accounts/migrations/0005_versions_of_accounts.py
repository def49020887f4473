from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0004_families_of_refresh_tokens'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='version',
            field=models.IntegerField(db_default=1, default=1, editable=False, help_text='Grows with every change of the account (docs/adr/0028).'),
        ),
    ]
