"""The configuration of gunicorn.

The environment is read here, so that a missing setting stops the master and not each worker.
"""

import os
import shutil
import tempfile
from pathlib import Path
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
# The greatest that gunicorn takes. `ClientWorker.handle_error` answers what is longer.
limit_request_line = 8190
# The kernel would send files without the deadline for responses.
sendfile = False
accesslog = None
loglevel = "warning"

METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_folders_to_remove: list[str] = []


def on_starting(server: Any) -> None:
    """Runs once in the master, before it listens."""
    configure_logs(_env.log_level)
    warn_of_public_keys(_env.public_keys)
    require_database(_env.database_url)
    prepare_metrics()


def on_exit(server: Any) -> None:
    """Runs once in the master, after all workers have ended."""
    for folder in _folders_to_remove:
        shutil.rmtree(folder, ignore_errors=True)


def prepare_metrics() -> None:
    """Makes the folder through whose files several processes count together, before a worker starts.

    A folder that is given by the environment stays; what a master that was killed has left in it is deleted.
    """
    given = os.environ.get(METRICS_FOLDER)
    if given:
        folder = Path(given)
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.glob("*.db"):
            left.unlink()
    elif workers > 1:
        os.environ[METRICS_FOLDER] = tempfile.mkdtemp(prefix="client-metrics-")
        _folders_to_remove.append(os.environ[METRICS_FOLDER])


def child_exit(server: Any, worker: Any) -> None:
    if METRICS_FOLDER in os.environ:
        # The import is here because the library looks for the folder when it is first imported.
        from prometheus_client import multiprocess  # noqa: PLC0415

        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
