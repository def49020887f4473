from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "client.notifications"
    label = "notifications"
    verbose_name = "Notifications"

    def ready(self) -> None:
        # Importing connects the receivers to the signals of bookings and waitlist.
        from client.notifications import causes  # noqa: F401, PLC0415
