"""The data of the bar below the seat map: who chooses, whether they can book, and the outcome of the request."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from servicekit.money import notation

from frontend.api.models import Event, Sale
from frontend.buyer.choice import Choice
from frontend.buyer.outcome import SEE_ALL, SEE_IT, Message
from frontend.events.sales import CHOOSABLE, sales_sentence
from frontend.wording.formatting import Clock

QUEUE_HINT = "Select a taken seat to queue for it."


def bar_of(event: Event, choice: Choice, owner: str, clock: Clock, alone: Mapping[str, Any] | None) -> dict[str, Any]:
    """Returns the data of the bar.

    `owner` is who chooses, empty for a guest: nobody else sees a kept choice. `alone` is the warning about seats that
    the choice leaves alone.
    """
    return {
        "event": event.id,
        "owner": owner,
        "sale": event.status,
        "revision": choice.revision,
        "seen": choice.seen,
        "answered": choice.answered,
        "waiting": choice.recorded is not None,
        "can_choose": event.status in CHOOSABLE,
        "can_book": event.status is Sale.ON_SALE,
        "hint": sales_sentence(event, clock) or QUEUE_HINT,
        "alone": alone,
        "message": _shown(choice.message),
        "money": asdict(notation(event.currency)),
    }


def _shown(message: Message | None) -> dict[str, str | bool] | None:
    if message is None:
        return None
    link = SEE_ALL if message.to_bookings else SEE_IT
    return {
        "tone": message.tone,
        "text": message.text,
        "booking": message.booking_id or "",
        "to_bookings": message.to_bookings,
        "link": link,
    }
