from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "client.api"
    label = "api"
    verbose_name = "HTTP interface"

    def ready(self) -> None:
        # Importing registers how tokens are described in the OpenAPI document.
        from client.api import schema_tokens  # noqa: F401, PLC0415
