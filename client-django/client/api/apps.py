from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "client.api"
    label = "api"
    verbose_name = "HTTP interface"
