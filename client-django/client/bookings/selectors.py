from uuid import UUID

from django.db.models import QuerySet

from client.accounts.models import User
from client.bookings.models import Booking
from client.domain.errors import NotFoundError


def booking_list(*, viewer: User) -> QuerySet[Booking]:
    """A buyer's own; staff see all."""
    bookings = Booking.objects.all()
    return bookings if viewer.is_staff else bookings.filter(user=viewer)


def booking_get(*, viewer: User, booking_id: UUID) -> Booking:
    """Somebody else's booking is as unknown as one that does not exist."""
    booking = booking_list(viewer=viewer).filter(id=booking_id).first()
    if booking is None:
        raise NotFoundError
    return booking
