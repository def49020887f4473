from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "client.notifications"
    label = "notifications"
    verbose_name = "Notifications"
