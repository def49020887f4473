from django.dispatch import Signal

waitlist_entry_changed = Signal()
"""Sent with `user`, `entry` (ticket's snapshot) and `previous_event` inside the transaction that applied it. An
exception of a receiver undoes it. `previous_event` is the event as ticket described it before; None if it never did.
"""
