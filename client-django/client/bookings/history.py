from uuid import UUID

from django.utils import timezone

from client.bookings.models import BookingChange


def change_record(
    *,
    booking_id: UUID,
    actor: str,
    action: str,
    from_status: str | None,
    to_status: str | None,
    version: int,
    detail: str = "",
) -> None:
    BookingChange.objects.create(
        booking_id=booking_id,
        at=timezone.now(),
        actor=actor,
        action=action,
        from_status=from_status,
        to_status=to_status,
        version=version,
        detail=detail,
    )
