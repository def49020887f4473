from django.dispatch import Signal

booking_changed = Signal()
"""Sent with `booking` inside the transaction that changed it. An exception of a receiver undoes the change."""
