"""Describes a user to ticket."""

from servicekit.text import put_on_one_line

from client.accounts.models import User
from client.ticket_api.models import Customer


def customer_of(user: User) -> Customer:
    """Returns the user as ticket's customer. Ticket refuses names of several lines, which older accounts may have."""
    return Customer(id=user.id, name=put_on_one_line(user.name) or "Guest", email=user.email)
