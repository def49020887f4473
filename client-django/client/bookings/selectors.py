from uuid import UUID

from django.db.models import QuerySet

from client.accounts.models import User
from client.bookings.models import Booking
from client.domain.errors import NotFoundError


def booking_list(*, viewer: User) -> QuerySet[Booking]:
    """Returns the viewer's own bookings; for staff, everybody's."""
    bookings = Booking.objects.all()
    return bookings if viewer.is_staff else bookings.filter(user=viewer)


def booking_get(*, viewer: User, booking_id: UUID) -> Booking:
    """Returns one booking. Raises NotFoundError for another user's booking as for a missing one; staff may read all."""
    booking = booking_list(viewer=viewer).filter(id=booking_id).first()
    if booking is None:
        raise NotFoundError
    return booking
