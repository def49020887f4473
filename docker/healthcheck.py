"""Is the process of this container well? For Docker's HEALTHCHECK; standard library only.

A process that serves HTTP answers `HEALTH_PATH` (default `/healthz`) on `PORT`; a worker instead touches
`HEARTBEAT_FILE`, which must be fresh.

It runs every few seconds in every container, so it imports next to nothing: the library's HTTP client alone costs ten
times as much processor time as the answer.
"""

import os
import sys
import time

STALE_AFTER_SECONDS = 60
ANSWER_SECONDS = 8


def heartbeat_is_fresh(path: str) -> bool:
    try:
        return time.time() - os.stat(path).st_mtime < STALE_AFTER_SECONDS  # noqa: PTH116 - pathlib is such an import
    except OSError:
        return False


def http_answers(port: int, path: str) -> bool:
    """Whether the status is 200."""
    import socket  # noqa: PLC0415 - a worker's check does without

    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
    try:
        with socket.create_connection(("127.0.0.1", port), ANSWER_SECONDS) as connection:
            connection.sendall(request.encode())
            status = connection.makefile("rb").readline(1024).split(maxsplit=2)
    except OSError:
        return False
    return status[1:2] == [b"200"]


if __name__ == "__main__":
    heartbeat = os.environ.get("HEARTBEAT_FILE")
    if heartbeat:
        healthy = heartbeat_is_fresh(heartbeat)
    else:
        healthy = http_answers(int(os.environ["PORT"]), os.environ.get("HEALTH_PATH", "/healthz"))
    sys.exit(0 if healthy else 1)
