"""Normalises the addresses of accounts (contracts/email.json): `x@MÜNCHEN.de` becomes `x@xn--mnchen-3ya.de`.

Two kinds of accounts keep their address, and a warning names them: the normalised address belongs to another account,
or the address is refused today. Both can still sign in with what they type. Staff have to ask for another address,
because ticket refuses bookings of the second kind.
"""

import logging

from django.db import migrations, models
from django.db.models.functions import Lower
from servicekit.emails import EmailError, normalised_email

import client.accounts.addresses

log = logging.getLogger("client.migrations")


def give_addresses_one_form(apps, schema_editor):
    users = apps.get_model("accounts", "User").objects
    for user in users.filter(anonymised_at=None).order_by("created_at", "id").iterator():
        try:
            address = normalised_email(user.email)
        except EmailError as error:
            log.warning("account %s keeps its address, which can no longer be used to book: it %s", user.id, error)
            continue
        if address == user.email:
            continue
        other = users.alias(address=Lower("email")).filter(address=address.lower()).exclude(id=user.id).first()
        if other is None:
            users.filter(id=user.id).update(email=address)
        else:
            log.warning("account %s keeps its spelling of the address of account %s: one of them has to go", user.id, other.id)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_names_have_one_line"),
    ]

    operations = [
        migrations.AlterField(
            model_name="user",
            name="email",
            field=models.CharField(max_length=254, validators=[client.accounts.addresses.validate_address]),
        ),
        migrations.RunPython(give_addresses_one_form, migrations.RunPython.noop),
    ]
