from typing import Any

from rest_framework import serializers

from client.bookings.models import Booking
from client.domain.booking import BookingOrigin, BookingStatus, CancelReason, FailureReason, RefundStatus
from client.edge.bookings.representation import booking_representation
from client.edge.serializers import IdField, StrictSerializer


class EventRefSerializer(serializers.Serializer[Any]):
    """The event of a booking."""

    id = serializers.UUIDField()
    name = serializers.CharField(read_only=True, help_text="Empty if the name is unknown.")
    venue = serializers.CharField(read_only=True)
    time_zone = serializers.CharField(read_only=True, help_text="The IANA name of the venue's time zone.")
    starts_at = serializers.CharField(read_only=True, allow_null=True)


class SeatOfBookingSerializer(serializers.Serializer[Any]):
    """A seat of a booking; `price` is in minor units of the booking's currency."""

    id = serializers.UUIDField()
    section = serializers.CharField(read_only=True)
    row = serializers.CharField(read_only=True)
    number = serializers.IntegerField(read_only=True)
    price = serializers.IntegerField(read_only=True)


class BookingSerializer(serializers.Serializer[Booking]):
    """A booking as its buyer sees it. Amounts are in minor units of `currency`."""

    id = serializers.UUIDField()
    user_id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=BookingStatus.choices)
    event = EventRefSerializer()
    seats = SeatOfBookingSerializer(many=True)
    amount = serializers.IntegerField(allow_null=True)
    currency = serializers.CharField(allow_null=True)
    invoice_number = serializers.CharField(allow_null=True)
    payment_url = serializers.CharField(allow_null=True)
    hold_expires_at = serializers.DateTimeField(allow_null=True)
    failure_reason = serializers.ChoiceField(choices=FailureReason.choices, allow_null=True)
    cancel_reason = serializers.ChoiceField(choices=CancelReason.choices, allow_null=True)
    refund_status = serializers.ChoiceField(choices=RefundStatus.choices, allow_null=True)
    origin = serializers.ChoiceField(choices=BookingOrigin.choices)
    ticket_available = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    def to_representation(self, instance: Booking) -> dict[str, Any]:
        return booking_representation(instance)


class BookingRequestSerializer(StrictSerializer):
    """A request for one to ten seats of one event. Unknown fields are refused."""

    event_id = IdField()
    seat_ids = serializers.ListField(child=IdField(), min_length=1, max_length=10)

    def validate_seat_ids(self, value: list[Any]) -> list[Any]:
        if len(set(value)) < len(value):
            raise serializers.ValidationError("The same seat stands here twice.", code="duplicate")
        return value


class TicketLinkSerializer(serializers.Serializer[Any]):
    """A presigned link to the document of a booking. `sha256` is the checksum of the document."""

    url = serializers.CharField(help_text="The presigned URL, which works in a browser until `expires_at`.")
    expires_at = serializers.DateTimeField()
    sha256 = serializers.CharField()
    kind = serializers.ChoiceField(choices=["CONFIRMATION", "NOTICE"], allow_null=True)


class StepSerializer(serializers.Serializer[Any]):
    """One step of a booking, in any of the services."""

    at = serializers.DateTimeField()
    service = serializers.ChoiceField(choices=["client", "ticket", "organizer", "payment"])
    actor = serializers.CharField(allow_null=True)
    action = serializers.CharField()
    from_status = serializers.CharField(allow_null=True)
    to_status = serializers.CharField(allow_null=True)
    detail = serializers.CharField(allow_null=True)


class TimelineSerializer(serializers.Serializer[Any]):
    """The steps of a booking, oldest first."""

    items = StepSerializer(many=True)
    note = serializers.CharField(
        allow_null=True, help_text="A sentence for people if the steps of other services are missing, else null."
    )
