from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "client.webhooks"
    # Tables and recorded migrations carry it, so it stays although the package has another name.
    label = "integrations"
    verbose_name = "Messages from other services"
