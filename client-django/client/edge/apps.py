from django.apps import AppConfig


class EdgeConfig(AppConfig):
    name = "client.edge"
    # The label stays although the package was renamed: tables and recorded migrations carry it.
    label = "api"
    verbose_name = "HTTP interface"

    def ready(self) -> None:
        # Importing registers the description of tokens for the OpenAPI document.
        from client.edge import schema_tokens  # noqa: F401, PLC0415
