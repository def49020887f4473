"""The configuration of gunicorn.

The environment is read here, so that a missing setting stops the master and not each worker.
"""

import gc
import importlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from gevent import monkey

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
# Nobody controls gunicorn but by signals, and the thread for it would be copied into the workers.
control_socket_disable = True
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
    load_application()


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


def load_application() -> None:
    """Imports the application once in the master, so that its workers share the memory of what is imported."""
    # What is imported must find the standard library patched; the master starts and awaits its workers without gevent.
    monkey.patch_all(os=False, signal=False)
    importlib.import_module("config.wsgi")
    # Django itself would import the handlers with the first request.
    importlib.import_module("config.urls")
    # What is there by now is never garbage: no worker's collector looks at it, which would copy its pages.
    gc.collect()
    gc.freeze()


def child_exit(server: Any, worker: Any) -> None:
    if METRICS_FOLDER in os.environ:
        # The import is here because the library looks for the folder when it is first imported.
        from prometheus_client import multiprocess  # noqa: PLC0415

        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
