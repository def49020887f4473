"""Renders the PDF of a decided booking, stores it in the bucket and publishes it (docs/booking.md, step 8)."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from anyio import BrokenWorkerProcess
from servicekit.crash_points import crash_point
from servicekit.db.engine import driver_in_transaction

from ticketing.db.booking.store_document import IssuedDocument, store_document
from ticketing.documents.content import (
    ConfirmationDocument,
    Document,
    DocumentBooking,
    DocumentEvent,
    DocumentSeat,
    MoneyOutcome,
    NoticeDocument,
    NoticeReason,
)
from ticketing.documents.plain import plain
from ticketing.documents.render import render
from ticketing.domain.booking import DocumentKind, RefundStatus
from ticketing.domain.booking_errors import TicketNotReadyError
from ticketing.domain.booking_record import Booking, wanted_document
from ticketing.domain.work import Loop
from ticketing.integrations.object_store import ObjectStore, PresignedLink
from ticketing.services import Services
from ticketing.usecases.step_outcome import DONE, Done, Retry, retry_later
from ticketing.usecases.webhooks.publish import publish_booking
from ticketing.usecases.work_items import count_failed

log = structlog.get_logger()


async def issue_document(services: Services, booking: Booking, *, bulk: bool = False) -> Done | Retry:
    """Renders and stores the document that the booking's status requires; raises if the object store does not answer.

    A document that is renewed because the event has changed is `bulk` (`publish_booking`). The key contains the hash of
    the content, so two workers that do this at once cannot replace each other's object.
    """
    kind = wanted_document(booking)
    content = await _rendered(services, _document(booking, kind))
    crash_point("document.rendered")
    digest = hashlib.sha256(content).hexdigest()
    document = IssuedDocument(kind, document_key(booking.id, kind, digest), digest)
    await services.object_store.put(document.key, content, content_type="application/pdf", sha256=digest)
    crash_point("document.uploaded")
    async with services.transaction() as connection:
        driver = await driver_in_transaction(connection)
        issued = await store_document(driver, booking, document, actor="documents")
        if issued is not None:
            await publish_booking(connection, issued, bulk=bulk)
    crash_point("document.recorded")
    # If the booking or its event has changed meanwhile, the document may not be the one that it needs now.
    return DONE if issued is not None else retry_later(booking)


async def _rendered(services: Services, document: Document) -> bytes:
    """Returns the PDF. If a text cannot be rendered, it is replaced by ASCII, so that no text stops a booking."""
    try:
        return await render(document)
    except (TimeoutError, BrokenWorkerProcess):
        raise
    except Exception as error:
        log.exception("document.not-rendered", booking_id=document.booking.booking_id)
        await count_failed(services, Loop.DOCUMENTS, document.booking.booking_id, error)
        return await render(plain(document))


def document_key(booking_id: UUID, kind: DocumentKind, digest: str) -> str:
    """Returns the key in the bucket of the document with this SHA-256."""
    return f"bookings/{booking_id}/{kind.lower()}-{digest[:12]}.pdf"


def document_link(store: ObjectStore, booking: Booking, seconds: int) -> PresignedLink:
    """Returns a fresh link to the booking's document; raises TicketNotReadyError if there is none yet."""
    if booking.document_key is None or booking.document_kind is None:
        raise TicketNotReadyError("The document is not ready yet.", booking_id=booking.id)
    name = f"{booking.document_kind.lower()}-{str(booking.id)[:8]}.pdf"
    return store.presign(booking.document_key, filename=name, expires=timedelta(seconds=seconds))


def _document(booking: Booking, kind: DocumentKind) -> Document:
    event = booking.event
    facts = DocumentBooking(
        booking_id=str(booking.id),
        buyer_name=booking.customer.name,
        event=DocumentEvent(event.name, event.venue, ZoneInfo(event.time_zone), event.starts_at),
        seats=tuple(DocumentSeat(seat.section, seat.row, str(seat.number), seat.price) for seat in booking.seats),
        amount=booking.amount,
        currency=booking.currency,
        invoice_number=booking.invoice_number,
    )
    # The time of the last change, not of the rendering, so that a repeat renders the same bytes.
    issued_at = booking.updated_at
    if kind is DocumentKind.CONFIRMATION:
        return ConfirmationDocument(facts, f"ticket:{booking.id}", issued_at)
    reason = booking.failure_reason or booking.cancel_reason
    return NoticeDocument(
        facts, NoticeReason(reason) if reason else NoticeReason.HOLD_EXPIRED, _money(booking), issued_at
    )


_MONEY = {
    None: MoneyOutcome.NOT_CHARGED,
    RefundStatus.PENDING: MoneyOutcome.REFUND_PENDING,
    RefundStatus.REFUNDED: MoneyOutcome.REFUNDED,
}


def _money(booking: Booking) -> MoneyOutcome:
    return _MONEY[booking.refund_status]
