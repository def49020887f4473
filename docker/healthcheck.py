"""Is the process of this container well? For Docker's HEALTHCHECK; standard library only.

A process that serves HTTP answers `HEALTH_PATH` (default `/healthz`) on `PORT`; a worker instead touches
`HEARTBEAT_FILE`, which must be fresh.
"""

import os
import sys
import time
import urllib.request
from pathlib import Path

STALE_AFTER_SECONDS = 60


def heartbeat_is_fresh(path: str) -> bool:
    try:
        return time.time() - Path(path).stat().st_mtime < STALE_AFTER_SECONDS
    except OSError:
        return False


def http_answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=4) as answer:  # noqa: S310 - our own loopback address
            return bool(answer.status == 200)
    except OSError:
        return False


if __name__ == "__main__":
    heartbeat = os.environ.get("HEARTBEAT_FILE")
    if heartbeat:
        healthy = heartbeat_is_fresh(heartbeat)
    else:
        healthy = http_answers(f"http://127.0.0.1:{os.environ['PORT']}{os.environ.get('HEALTH_PATH', '/healthz')}")
    sys.exit(0 if healthy else 1)
