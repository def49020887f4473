"""The administration at /admin/. Importing registers the pages."""

from client.edge.admin import bookings, inbox, notifications, users

__all__ = ["bookings", "inbox", "notifications", "users"]
