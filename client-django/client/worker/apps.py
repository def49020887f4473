from django.apps import AppConfig


class WorkerConfig(AppConfig):
    """Provides the command `run_worker`. It has no models."""

    name = "client.worker"
    label = "worker"
