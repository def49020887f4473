from django.dispatch import Signal

waitlist_entry_changed = Signal()
"""Sent with `user` and `entry` (ticket's word) inside the transaction that applied it. What a receiver raises undoes
that.
"""
