from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "client.webhooks"
    # The label stays although the package was renamed: tables and recorded migrations carry it.
    label = "integrations"
    verbose_name = "Messages from other services"
