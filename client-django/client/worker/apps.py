from django.apps import AppConfig


class WorkerConfig(AppConfig):
    """No models; it brings the command `run_worker`."""

    name = "client.worker"
    label = "worker"
