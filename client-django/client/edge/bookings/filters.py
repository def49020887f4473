from typing import ClassVar

from django_filters import rest_framework as filters

from client.bookings.models import Booking
from client.domain.booking import BookingStatus


class BookingFilter(filters.FilterSet):  # type: ignore[misc]
    status = filters.ChoiceFilter(choices=BookingStatus.choices)
    event = filters.UUIDFilter(field_name="event_id", label="Only bookings of the event with this id.")
    user = filters.UUIDFilter(
        field_name="user_id", label="Only bookings of the user with this id, which helps only staff."
    )

    class Meta:
        model = Booking
        fields: ClassVar[list[str]] = []
