"""Records the document of a booking: one statement, which `sql/store_document.sql` explains."""

from __future__ import annotations

from dataclasses import dataclass, replace

import asyncpg
from servicekit.tracing import current_trace

from ticketing.db.statements import read_statement
from ticketing.domain.booking import BookingFact, DocumentKind
from ticketing.domain.booking_record import Booking, next_step

STORE_DOCUMENT = read_statement("store_document")


@dataclass(frozen=True, slots=True)
class IssuedDocument:
    """A document in the bucket: its kind, its key there, and the SHA-256 of its content in hexadecimal."""

    kind: DocumentKind
    key: str
    sha256: str


async def store_document(
    driver: asyncpg.Connection, rendered: Booking, document: IssuedDocument, *, actor: str
) -> Booking | None:
    """Records the document that was made of `rendered`; returns the booking as stored.

    Returns None, and changes nothing, if the booking or the facts of its event have changed since they were read. Joins
    the driver's open transaction.
    """
    issued = replace(rendered, document_kind=document.kind, document_key=document.key, document_sha256=document.sha256)
    event = rendered.event
    row = await driver.fetchrow(
        STORE_DOCUMENT,
        rendered.id,
        rendered.version,
        event.name,
        event.venue,
        event.time_zone,
        event.starts_at,
        document.kind,
        document.key,
        document.sha256,
        actor,
        BookingFact.ISSUE_DOCUMENT,
        current_trace().request_id,
        next_step(issued) is not None,
    )
    if row is None:
        return None
    return replace(issued, version=row["version"], updated_at=row["updated_at"], next_step_at=row["next_step_at"])
