from django.apps import AppConfig


class BookingsConfig(AppConfig):
    name = "client.bookings"
    label = "bookings"
    verbose_name = "Bookings"
