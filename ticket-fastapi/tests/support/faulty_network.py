"""The network between ticket and the two services that it calls: requests and answers can get lost or come late."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
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

from support.action_plan import CURRENT_PLAN, Fault

Answer = TypeVar("Answer")
CALLS = ("organizer.hold", "organizer.look_up", "organizer.release", "payment.create", "payment.find", "payment.void")
CALLS += ("payment.refund",)


class FaultyNetwork:
    """Transmits each call as the plan of its action says.

    `late_requests`: requests that have not arrived yet. `already_held`: ids of bookings to which the organizer answered
    that another booking holds a seat.
    """

    def __init__(self, decline_next: Callable[[], Awaitable[None]]) -> None:
        self.late_requests: list[tuple[str, Callable[[], Awaitable[object]]]] = []
        self.already_held: list[str] = []
        self._decline_next = decline_next

    async def transmit(self, call: str, send: Callable[[], Awaitable[Answer]], unreachable: type[Exception]) -> Answer:
        """Returns the answer of the call, or raises `unreachable`."""
        plan = CURRENT_PLAN.get()
        if plan is None:
            return await send()
        assert plan.open_transactions == 0, f"{call} inside a transaction"
        await plan.reach(f"before {call}")
        fault = plan.faults.pop(call, None)
        if fault is Fault.LATE_REQUEST:
            self.late_requests.append((call, send))
        if fault in (Fault.LATE_REQUEST, Fault.LOST_REQUEST):
            raise unreachable(fault.value)
        if fault is Fault.DECLINE and call == "organizer.hold":
            await self._decline_next()
        answer = await send()
        await plan.reach(f"after {call}")
        if fault is Fault.LOST_ANSWER:
            raise unreachable(fault.value)
        return answer

    async def deliver_late_request(self, number: int) -> None:
        """Delivers one of the late requests; its sender has stopped waiting for the answer."""
        _, send = self.late_requests.pop(number)
        try:
            await send()
        except (InvoiceRefusedError, UnreachableOrganizerError, UnreachablePaymentError):
            return


class FaultyOrganizers:
    """Organizers behind the faulty network."""

    def __init__(self, network: FaultyNetwork, organizers: Organizers) -> None:
        self._network = network
        self._organizers = organizers

    async def hold(self, booking: Booking) -> HoldAnswer:
        async def send() -> HoldAnswer:
            answer = await self._organizers.hold(booking)
            if answer is HoldAnswer.ALREADY_HELD:
                self._network.already_held.append(str(booking.id))
            return answer

        return await self._network.transmit("organizer.hold", send, UnreachableOrganizerError)

    async def look_up(self, booking: Booking) -> HoldState:
        send = lambda: self._organizers.look_up(booking)  # noqa: E731
        return await self._network.transmit("organizer.look_up", send, UnreachableOrganizerError)

    async def release(self, booking: Booking) -> None:
        send = lambda: self._organizers.release(booking)  # noqa: E731
        return await self._network.transmit("organizer.release", send, UnreachableOrganizerError)


class FaultyPayments:
    """The payment service behind the faulty network."""

    def __init__(self, network: FaultyNetwork, payments: Payments) -> None:
        self._network = network
        self._payments = payments

    async def create_invoice(self, booking: Booking, expires_at: datetime) -> Invoice:
        send = lambda: self._payments.create_invoice(booking, expires_at)  # noqa: E731
        return await self._network.transmit("payment.create", send, UnreachablePaymentError)

    async def find(self, booking: Booking) -> Invoice | None:
        return await self._network.transmit(
            "payment.find", lambda: self._payments.find(booking), UnreachablePaymentError
        )

    async def find_decided(self, bookings: Sequence[Booking]) -> set[UUID]:
        return await self._network.transmit(
            "payment.find", lambda: self._payments.find_decided(bookings), UnreachablePaymentError
        )

    async def void(self, booking: Booking) -> Invoice:
        return await self._network.transmit(
            "payment.void", lambda: self._payments.void(booking), UnreachablePaymentError
        )

    async def refund(self, booking: Booking, invoice_number: str) -> Invoice:
        return await self._network.transmit(
            "payment.refund", lambda: self._payments.refund(booking, invoice_number), UnreachablePaymentError
        )

    async def timeline(self, invoice_number: str) -> list[TimelineItem]:
        return await self._payments.timeline(invoice_number)
