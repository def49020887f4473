from django.dispatch import Signal

booking_changed = Signal()
"""Sent with `booking` and `previous_event` inside the transaction that changed it. An exception of a receiver undoes
the change. `previous_event` is the event as ticket described it before; None if it never did.
"""
