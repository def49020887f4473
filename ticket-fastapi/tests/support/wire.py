"""The wires between ticket and the two services that it calls: requests and answers may get lost, or come late."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from ticketing.domain.booking_record import Booking
from ticketing.integrations.gateways import (
    HoldAnswer,
    HoldState,
    Invoice,
    InvoiceRefusedError,
    Organizers,
    Payments,
    TimelineItem,
    UnreachableOrganizerError,
    UnreachablePaymentError,
)

from support.script import SCRIPT, Fault

Answer = TypeVar("Answer")
CALLS = ("organizer.hold", "organizer.look_up", "organizer.release", "payment.create", "payment.find", "payment.void")
CALLS += ("payment.refund",)


class Wire:
    """Carries one call after the other as the script of the doing says."""

    def __init__(self, decline_next: Callable[[], Awaitable[None]]) -> None:
        self.late: list[tuple[str, Callable[[], Awaitable[object]]]] = []
        self.witnessed: list[str] = []
        self._decline_next = decline_next

    async def carry(self, call: str, send: Callable[[], Awaitable[Answer]], silence: type[Exception]) -> Answer:
        """The answer to the call, or `silence`."""
        script = SCRIPT.get()
        if script is None:
            return await send()
        assert script.open_transactions == 0, f"{call} inside a transaction"
        await script.point(f"asking {call}")
        fault = script.faults.pop(call, None)
        if fault is Fault.LATE_REQUEST:
            self.late.append((call, send))
        if fault in (Fault.LATE_REQUEST, Fault.LOST_REQUEST):
            raise silence(fault.value)
        if fault is Fault.DECLINE and call == "organizer.hold":
            await self._decline_next()
        answer = await send()
        await script.point(f"hearing from {call}")
        if fault is Fault.LOST_ANSWER:
            raise silence(fault.value)
        return answer

    async def bring_late(self, number: int) -> None:
        """One of the late requests arrives; nobody is there any more to hear the answer."""
        _, send = self.late.pop(number)
        try:
            await send()
        except (InvoiceRefusedError, UnreachableOrganizerError, UnreachablePaymentError):
            return


class WiredOrganizers:
    """Organizers at the end of a wire. Notes when one says that another booking holds a seat."""

    def __init__(self, wire: Wire, organizers: Organizers) -> None:
        self._wire = wire
        self._organizers = organizers

    async def hold(self, booking: Booking) -> HoldAnswer:
        async def send() -> HoldAnswer:
            answer = await self._organizers.hold(booking)
            if answer is HoldAnswer.ALREADY_HELD:
                self._wire.witnessed.append(str(booking.id))
            return answer

        return await self._wire.carry("organizer.hold", send, UnreachableOrganizerError)

    async def look_up(self, booking: Booking) -> HoldState:
        send = lambda: self._organizers.look_up(booking)  # noqa: E731
        return await self._wire.carry("organizer.look_up", send, UnreachableOrganizerError)

    async def release(self, booking: Booking) -> None:
        send = lambda: self._organizers.release(booking)  # noqa: E731
        return await self._wire.carry("organizer.release", send, UnreachableOrganizerError)


class WiredPayments:
    """The payment service at the end of a wire."""

    def __init__(self, wire: Wire, payments: Payments) -> None:
        self._wire = wire
        self._payments = payments

    async def create_invoice(self, booking: Booking, expires_at: datetime) -> Invoice:
        send = lambda: self._payments.create_invoice(booking, expires_at)  # noqa: E731
        return await self._wire.carry("payment.create", send, UnreachablePaymentError)

    async def find(self, reference: UUID) -> Invoice | None:
        return await self._wire.carry("payment.find", lambda: self._payments.find(reference), UnreachablePaymentError)

    async def void(self, reference: UUID) -> Invoice:
        return await self._wire.carry("payment.void", lambda: self._payments.void(reference), UnreachablePaymentError)

    async def refund(self, invoice_number: str) -> Invoice:
        return await self._wire.carry(
            "payment.refund", lambda: self._payments.refund(invoice_number), UnreachablePaymentError
        )

    async def timeline(self, invoice_number: str) -> list[TimelineItem]:
        return await self._payments.timeline(invoice_number)
