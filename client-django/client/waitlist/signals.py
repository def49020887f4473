from django.dispatch import Signal

waitlist_entry_changed = Signal()
"""Sent with `user` and `entry` (ticket's snapshot) inside the transaction that applied it. An exception of a receiver
undoes it.
"""
