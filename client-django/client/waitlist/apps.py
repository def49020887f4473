from django.apps import AppConfig


class WaitlistConfig(AppConfig):
    name = "client.waitlist"
    label = "waitlist"
    verbose_name = "Queue for taken seats"
