from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "client.accounts"
    label = "accounts"
    verbose_name = "Users"
