import signal
from typing import Any

from django.core.management.base import BaseCommand

from client.worker.service_worker import ServiceWorker
from config.database import require_database
from config.env import environment
from config.logs import warn_of_public_keys


class Command(BaseCommand):
    help = "Sends e-mails and asks ticket about bookings of which no event arrived. Stops cleanly on SIGTERM."

    def handle(self, *args: Any, **options: Any) -> None:
        warn_of_public_keys(environment().public_keys)
        require_database(environment().database_url)
        worker = ServiceWorker()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        worker.run()
