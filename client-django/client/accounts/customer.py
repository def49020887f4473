"""A user as the customer that ticket knows."""

from servicekit.text import put_on_one_line

from client.accounts.models import User
from client.ticket_api.models import Customer


def customer_of(user: User) -> Customer:
    """Ticket takes names with one line only; older accounts may have others."""
    return Customer(id=user.id, name=put_on_one_line(user.name) or "Guest", email=user.email)
