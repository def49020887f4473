from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "client.edge"
    label = "api"
    verbose_name = "HTTP interface"

    def ready(self) -> None:
        # Importing registers how tokens are described in the OpenAPI document.
        from client.edge import schema_tokens  # noqa: F401, PLC0415
