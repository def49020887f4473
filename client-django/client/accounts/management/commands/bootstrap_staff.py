import os
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from client.accounts.services import staff_ensure
from client.domain.errors import DomainError


class Command(BaseCommand):
    help = "Makes the first member of staff from STAFF_EMAIL and STAFF_PASSWORD. Run again, it changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--migrate", action="store_true", help="First does what `migrate --noinput` does.")

    def handle(self, *args: Any, **options: Any) -> None:
        email, password = os.environ.get("STAFF_EMAIL", ""), os.environ.get("STAFF_PASSWORD", "")
        if not email or not password:
            raise CommandError("STAFF_EMAIL and STAFF_PASSWORD have to be set.")
        if options["migrate"]:
            call_command("migrate", interactive=False, stdout=self.stdout)
        try:
            user, made = staff_ensure(email=email, password=password)
        except DomainError as error:
            raise CommandError(f"STAFF_EMAIL and STAFF_PASSWORD make no account: {error.detail}") from error
        self.stdout.write(f"{user.email} {'was made' if made else 'is there already'}.")
