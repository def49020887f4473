from django.apps import AppConfig


class EdgeConfig(AppConfig):
    name = "client.edge"
    # Tables and recorded migrations carry it, so it stays although the package has another name.
    label = "api"
    verbose_name = "HTTP interface"

    def ready(self) -> None:
        # Importing registers how tokens are described in the OpenAPI document.
        from client.edge import schema_tokens  # noqa: F401, PLC0415
