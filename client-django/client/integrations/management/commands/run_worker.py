import signal
from typing import Any

from django.core.management.base import BaseCommand

from client.integrations.worker import ServiceWorker


class Command(BaseCommand):
    help = "Sends e-mails and heals bookings of which no news came. Stops cleanly on SIGTERM."

    def handle(self, *args: Any, **options: Any) -> None:
        worker = ServiceWorker()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        worker.run()
