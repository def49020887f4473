"""`python seeds/ready.py`: prints when the platform in containers is ready, and again after an outage."""

import signal
import sys
import time
from pathlib import Path

from seeding.errors import SeedError
from seeding.readiness import Watch, message, unready
from seeding.settings import load_settings


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        watch = load_settings(Watch)
    except SeedError as error:
        print(error, file=sys.stderr)
        return 1
    before: list[str] | None = None
    while True:
        waited_for = unready(watch.watched.split())
        if not waited_for:
            Path(watch.heartbeat_file).touch()
        if waited_for != before:
            print(f"Waiting for {', '.join(waited_for)}." if waited_for else message(watch), flush=True)
        before = waited_for
        time.sleep(watch.look_every_seconds)


if __name__ == "__main__":
    sys.exit(main())
