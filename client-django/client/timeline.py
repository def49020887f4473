"""Lists the steps of a booking in all services, oldest first (contracts/README.md, Timeline)."""

import json
from datetime import datetime
from typing import TypedDict

from pydantic import JsonValue

from client.bookings.history import history_of
from client.bookings.models import Booking
from client.domain.errors import DomainError
from client.notifications.models import Notification
from client.ticket_api import calls as ticket
from client.ticket_api.models import TimelineItem

WITHOUT_TICKET = "The ticket service does not answer right now: its steps are missing here."


class Step(TypedDict):
    at: datetime
    service: str
    actor: str | None
    action: str
    from_status: str | None
    to_status: str | None
    detail: str | None


class Timeline(TypedDict):
    items: list[Step]
    note: str | None


def booking_timeline(*, booking: Booking) -> Timeline:
    steps = _own_changes(booking) + _own_notifications(booking)
    note = None
    if booking.version > 0:
        try:
            steps += [_step_of_ticket(item) for item in ticket.fetch_timeline(booking.id)]
        except DomainError:
            note = WITHOUT_TICKET
    return {"items": sorted(steps, key=lambda step: step["at"]), "note": note}


def _own_changes(booking: Booking) -> list[Step]:
    return [
        {
            "at": change["at"],
            "service": "client",
            "actor": change["actor"],
            "action": change["action"],
            "from_status": change["from_status"],
            "to_status": change["to_status"],
            "detail": change["detail"] or None,
        }
        for change in history_of(booking)
    ]


def _own_notifications(booking: Booking) -> list[Step]:
    return [
        {
            "at": notification.created_at,
            "service": "client",
            "actor": "client",
            "action": "notified",
            "from_status": None,
            "to_status": None,
            "detail": notification.title,
        }
        for notification in Notification.objects.filter(booking_id=booking.id)
    ]


def _detail_text(detail: JsonValue) -> str | None:
    """Returns ticket's detail as text; it may be a set of facts."""
    if isinstance(detail, dict):
        return ", ".join(f"{name}: {value}" for name, value in detail.items() if value is not None) or None
    return detail if detail is None or isinstance(detail, str) else json.dumps(detail)


def _step_of_ticket(item: TimelineItem) -> Step:
    return {
        "at": item.at,
        "service": item.service,
        "actor": item.actor,
        "action": item.action,
        "from_status": item.from_status,
        "to_status": item.to_status,
        "detail": _detail_text(item.detail),
    }
