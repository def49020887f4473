from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "client.catalog"
    label = "catalog"
    verbose_name = "Catalogue"
