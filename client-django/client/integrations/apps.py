from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "client.integrations"
    label = "integrations"
    verbose_name = "Messages from other services"
