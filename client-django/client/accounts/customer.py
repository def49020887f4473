"""A user as the customer that ticket knows."""

from client.accounts.models import User
from client.domain.text import has_one_line, on_one_line
from client.ticket_api.models import Customer


def customer_of(user: User) -> Customer:
    """Ticket takes names with one line only; older accounts may have others."""
    name = user.name if has_one_line(user.name) else on_one_line(user.name) or "Guest"
    return Customer(id=user.id, name=name, email=user.email)
