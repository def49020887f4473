"""The configuration of gunicorn.

The environment is read here, so that a missing setting stops the master and not each worker.
"""

import os
import tempfile
from typing import Any

from config.database import require_database
from config.env import environment
from config.logs import configure_logs, warn_of_public_keys

_env = environment()

bind = f"{_env.host}:{_env.port}"
worker_class = "client.server.worker.ClientWorker"
worker_connections = _env.connections
workers = _env.web_workers
timeout = 60
graceful_timeout = 12
# A connection is kept until the deadline of `idle_seconds`.
keepalive = 1
# The kernel would send files without the deadline for responses.
sendfile = False
accesslog = None
loglevel = "warning"

if workers > 1:
    # Several processes count together through files. Their folder must be known before a worker starts.
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="client-metrics-"))


def on_starting(server: Any) -> None:
    """Runs once in the master, before it listens."""
    configure_logs(_env.log_level)
    warn_of_public_keys(_env.public_keys)
    require_database(_env.database_url)


def child_exit(server: Any, worker: Any) -> None:
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        # The import is here because the library looks for the folder when it is first imported.
        from prometheus_client import multiprocess  # noqa: PLC0415

        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
