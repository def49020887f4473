"""Makes the documents of several bookings together: one rendering, uploads side by side, one record.

Each stands alone: the outcome of one does not depend on the others, and a slow upload does not keep the others back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

import structlog
from servicekit.crash_points import crash_point
from servicekit.tracing import Trace

from ticketing.db.booking.store_document import IssuedDocument
from ticketing.documents.render import render_together
from ticketing.domain.booking_record import Booking
from ticketing.services import Services
from ticketing.usecases.booking.issue_document import document_of, outcome_of, record_documents, upload
from ticketing.usecases.step_outcome import Done, Retry

UPLOAD_SECONDS = 0.5
"""What is uploaded is recorded after this time at the latest; the store may not have answered for the others."""

log = structlog.get_logger()

Outcomes = dict[UUID, Done | Retry | BaseException]


async def issue_documents(services: Services, bookings: Sequence[tuple[Booking, Trace]]) -> Outcomes:
    """Does what `issue_document` does, for several bookings, each with the trace of its cause.

    Returns the outcome of each, which may be an error; if a record fails, that of all that were recorded together.
    Raises, and has done nothing, if one of them cannot be rendered.
    """
    if not bookings:
        return {}
    try:
        contents = await render_together([document_of(booking) for booking, _ in bookings])
    except TimeoutError as error:
        return {booking.id: error for booking, _ in bookings}
    crash_point("document.rendered")
    outcomes: Outcomes = {}
    uploads = {
        asyncio.create_task(upload(services, booking, content, trace)): booking
        for (booking, trace), content in zip(bookings, contents, strict=True)
    }
    under_way = set(uploads)
    while under_way:
        ended, under_way = await asyncio.wait(under_way, timeout=UPLOAD_SECONDS)
        errors = {uploads[each].id: failure for each in ended if (failure := _error_of(each)) is not None}
        outcomes |= errors
        outcomes |= await _record(services, [each.result() for each in ended if uploads[each].id not in errors])
    return outcomes


def _error_of(ended: asyncio.Task[IssuedDocument]) -> BaseException | None:
    return asyncio.CancelledError() if ended.cancelled() else ended.exception()


async def _record(services: Services, uploaded: Sequence[IssuedDocument]) -> Outcomes:
    if not uploaded:
        return {}
    crash_point("document.uploaded")
    try:
        recorded = await record_documents(services, uploaded)
    except Exception as error:
        # One of them may be the reason.
        log.warning("documents.not_recorded_together", documents=len(uploaded), exc_info=True)
        return {each.rendered.id: error for each in uploaded}
    crash_point("document.recorded")
    return {each.rendered.id: outcome_of(each.rendered, recorded) for each in uploaded}
