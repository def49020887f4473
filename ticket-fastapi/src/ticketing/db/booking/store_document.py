"""Records the documents of bookings: one statement, which `sql/store_document.sql` explains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import asyncpg
from servicekit.tracing import Trace

from ticketing.db.statements import read_statement
from ticketing.domain.booking import BookingFact, DocumentKind
from ticketing.domain.booking_record import Booking, next_step

STORE_DOCUMENT = read_statement("store_document")


@dataclass(frozen=True, slots=True)
class IssuedDocument:
    """A document in the bucket: its kind, its key there, and the SHA-256 of its content in hexadecimal.

    It was made of the booking `rendered`; `trace` is that of its cause.
    """

    rendered: Booking
    kind: DocumentKind
    key: str
    sha256: str
    trace: Trace

    @property
    def issued(self) -> Booking:
        """The booking with this document."""
        return replace(self.rendered, document_kind=self.kind, document_key=self.key, document_sha256=self.sha256)

    def parameters(self) -> tuple[object, ...]:
        """Returns the elements of the statement's arrays."""
        event = self.rendered.event
        facts = (event.name, event.venue, event.time_zone, event.starts_at)
        has_next_step = next_step(self.issued) is not None
        document = (self.kind, self.key, self.sha256)
        return (self.rendered.id, self.rendered.version, *facts, *document, self.trace.request_id, has_next_step)


async def store_documents(
    driver: asyncpg.Connection, documents: Sequence[IssuedDocument], *, actor: str
) -> dict[UUID, Booking]:
    """Records the documents, each of another booking; returns the bookings as stored, by their ids.

    Leaves out, and does not change, those that have changed since they were read, or whose events' facts have. Joins
    the driver's open transaction.
    """
    if not documents:
        return {}
    columns = [list(column) for column in zip(*(each.parameters() for each in documents), strict=True)]
    rows = {row["id"]: row for row in await driver.fetch(STORE_DOCUMENT, *columns, actor, BookingFact.ISSUE_DOCUMENT)}
    return {
        each.rendered.id: replace(
            each.issued, version=row["version"], updated_at=row["updated_at"], next_step_at=row["next_step_at"]
        )
        for each in documents
        if (row := rows.get(each.rendered.id)) is not None
    }
