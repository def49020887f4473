"""Renders the PDF of a decided booking, stores it in the bucket and publishes it (docs/booking.md, step 8)."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Sequence
from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from anyio import BrokenWorkerProcess
from servicekit.crash_points import crash_point
from servicekit.db.engine import driver_in_transaction
from servicekit.tracing import Trace, current_trace

from ticketing.db.booking.store_document import IssuedDocument, store_documents
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
from ticketing.usecases.webhooks.publish import publish_bookings
from ticketing.usecases.work_items import count_failed

log = structlog.get_logger()


async def issue_document(services: Services, booking: Booking, *, bulk: bool = False) -> Done | Retry:
    """Renders and stores the document that the booking's status requires; raises if the object store does not answer.

    A document that is renewed because the event has changed is `bulk` (`publish_booking`).
    """
    content = await _rendered(services, document_of(booking))
    crash_point("document.rendered")
    uploaded = await upload(services, booking, content, current_trace())
    crash_point("document.uploaded")
    recorded = await record_documents(services, [uploaded], bulk=bulk)
    crash_point("document.recorded")
    return outcome_of(booking, recorded)


async def upload(services: Services, booking: Booking, content: bytes, trace: Trace) -> IssuedDocument:
    """Puts the PDF in the bucket. Raises ObjectStoreUnavailable if the store does not answer.

    The key contains the hash of the content, so two workers that do this at once cannot replace each other's object.
    """
    kind, digest = wanted_document(booking), hashlib.sha256(content).hexdigest()
    key = document_key(booking.id, kind, digest)
    await services.object_store.put(key, content, content_type="application/pdf", sha256=digest)
    return IssuedDocument(booking, kind, key, digest, trace)


async def record_documents(
    services: Services, documents: Sequence[IssuedDocument], *, bulk: bool = False
) -> Container[UUID]:
    """Stores and publishes the documents in one transaction; returns the ids of the bookings that have theirs now."""
    async with services.transaction() as connection:
        stored = await store_documents(await driver_in_transaction(connection), documents, actor="documents")
        issued = [(stored[each.rendered.id], each.trace) for each in documents if each.rendered.id in stored]
        await publish_bookings(connection, issued, bulk=bulk)
    return stored.keys()


def outcome_of(booking: Booking, recorded: Container[UUID]) -> Done | Retry:
    """Returns the outcome of the step: it is repeated if booking or event have changed since they were rendered."""
    return DONE if booking.id in recorded else retry_later(booking)


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


def document_of(booking: Booking) -> Document:
    """Returns the content of the document that the booking's status requires."""
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
    if wanted_document(booking) is DocumentKind.CONFIRMATION:
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
