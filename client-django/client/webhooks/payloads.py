"""Parses the events that ticket sends (contracts/webhooks/*.schema.json). Unknown fields are tolerated."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from client.ticket_api.models import TicketBooking, TicketWaitlistEntry


class Envelope(BaseModel):
    type: str
    timestamp: datetime


class BookingUpdated(Envelope):
    type: Literal["booking.updated"]
    data: TicketBooking


class WaitlistUpdated(Envelope):
    type: Literal["waitlist.updated"]
    data: TicketWaitlistEntry
