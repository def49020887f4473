"""Claims due e-mails in batches and records what became of them. Each attempt takes a lease: if its worker dies, the
mail is due again.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from django.db import connection
from django.utils import timezone

from client.database.values import SqlValue
from client.notifications.models import EmailState

MAX_ATTEMPTS = 12
LEASE = timedelta(minutes=2)
BATCH = 20

DUE = """
    SELECT id FROM notifications_notification WHERE email_state = 'PENDING' AND email_due_at <= %(now)s
    ORDER BY email_due_at LIMIT %(batch)s
"""
# No attempt follows the last one. Its lease ends only if its worker died; then the mail is given up. Several workers
# share the work: each skips what another is claiming.
CLAIM = """
    WITH due AS (
        SELECT id, email_attempts + 1 AS attempt FROM notifications_notification
        WHERE email_state = 'PENDING' AND email_due_at <= %(now)s
        ORDER BY email_due_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED
    ),
    claimed AS (
        UPDATE notifications_notification AS mail
        SET email_attempts = least(due.attempt, %(most)s), email_due_at = %(until)s
        FROM due WHERE mail.id = due.id
        RETURNING mail.*, due.attempt
    )
    SELECT claimed.id, claimed.attempt, claimed.kind, claimed.title, claimed.body, claimed.booking_id,
           claimed.request_id, claimed.traceparent, recipient.name, recipient.email, recipient.is_active,
           claimed.document_url, coalesce(booking.document_sha256, '')
    FROM claimed
    JOIN accounts_user AS recipient ON recipient.id = claimed.user_id
    LEFT JOIN bookings_booking AS booking ON booking.id = claimed.booking_id AND booking.document_kind = 'CONFIRMATION'
    ORDER BY claimed.created_at
"""
RECORD = """
    UPDATE notifications_notification AS mail
    SET email_state = done.state, email_attempts = done.attempts, email_due_at = done.due_at,
        document_url = CASE WHEN done.state = 'PENDING' THEN mail.document_url ELSE '' END
    FROM jsonb_to_recordset(%(done)s) AS done (id uuid, state text, attempts int, due_at timestamptz)
    WHERE mail.id = done.id
"""


@dataclass(frozen=True, slots=True)
class ClaimedEmail:
    """A mail that this worker is to send; `attempt` is 1 for the first, and more than MAX_ATTEMPTS if the worker of the
    last one died.
    """

    id: UUID
    attempt: int
    kind: str
    title: str
    body: str
    booking_id: UUID | None
    request_id: str
    traceparent: str
    recipient_name: str
    recipient_address: str
    recipient_is_active: bool
    document_url: str
    """A link to the confirmation, which may have expired; empty if ticket has to be asked for one."""
    document_sha256: str
    """Of the confirmation as the booking has it now; empty if it has none."""


class EmailOutcome(StrEnum):
    SENT = "sent"
    LATER = "later"
    GIVEN_UP = "given-up"
    NOT_TRIED = "not-tried"
    """The mail is due as before and loses no attempt."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a mail, as it is recorded."""

    id: UUID
    outcome: EmailOutcome
    state: EmailState
    attempts: int
    due_at: datetime | None

    @classmethod
    def sent(cls, mail: ClaimedEmail) -> Self:
        return cls(mail.id, EmailOutcome.SENT, EmailState.SENT, mail.attempt, None)

    @classmethod
    def given_up(cls, mail: ClaimedEmail) -> Self:
        return cls(mail.id, EmailOutcome.GIVEN_UP, EmailState.GIVEN_UP, min(mail.attempt, MAX_ATTEMPTS), None)

    @classmethod
    def later(cls, mail: ClaimedEmail) -> Self:
        """The attempt failed; the next one is after a pause that grows."""
        due_at = timezone.now() + timedelta(seconds=min(2**mail.attempt, 600))
        return cls(mail.id, EmailOutcome.LATER, EmailState.PENDING, mail.attempt, due_at)

    @classmethod
    def not_tried(cls, mail: ClaimedEmail) -> Self:
        return cls(mail.id, EmailOutcome.NOT_TRIED, EmailState.PENDING, mail.attempt - 1, timezone.now())


def emails_due() -> list[UUID]:
    """Returns the notifications whose mail is due, at most a batch."""
    # An idle worker asks all the time; Django would take four times as long to write the statement each time.
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"now": timezone.now(), "batch": BATCH})
        return [id_ for (id_,) in cursor.fetchall()]


def emails_claim() -> list[ClaimedEmail]:
    """Claims a batch of due mails."""
    now = timezone.now()
    values: dict[str, SqlValue] = {"now": now, "until": now + LEASE, "most": MAX_ATTEMPTS, "batch": BATCH}
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, values)
        return [ClaimedEmail(*row) for row in cursor.fetchall()]


def emails_record(tried: Iterable[Tried]) -> None:
    """Records what became of these mails in one statement."""
    rows = [
        {
            "id": str(each.id),
            "state": each.state.value,
            "attempts": each.attempts,
            "due_at": each.due_at.isoformat() if each.due_at else None,
        }
        for each in tried
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(RECORD, {"done": json.dumps(rows)})
