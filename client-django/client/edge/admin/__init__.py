"""The administration at /admin/. Importing this package registers its pages."""

from client.edge.admin import bookings, inbox, notifications, users

__all__ = ["bookings", "inbox", "notifications", "users"]
