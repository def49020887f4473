from django.dispatch import Signal

booking_changed = Signal()
"""Sent with `booking` inside the transaction that changed it. What a receiver raises undoes the change."""
