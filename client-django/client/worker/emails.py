"""The loop that sends due e-mails: it claims a batch, sends one mail after the other through one connection, and
records the batch.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from client.notifications import emails
from client.notifications.email_rows import (
    BATCH,
    LEASE,
    ClaimedEmail,
    EmailOutcome,
    Tried,
    emails_claim,
    emails_due,
    emails_record,
)
from client.notifications.emails import MailServer, email_try, mail_server
from client.worker.item_loop import IsStopping, process_each

RECORD_SECONDS = 1.0
"""What is sent is recorded at least so often, so that a worker that dies repeats few mails."""


@dataclass(slots=True)
class _Batch:
    """Claimed mails, those of them that were tried, and what is not recorded yet."""

    claimed: list[ClaimedEmail]
    tried: set[UUID] = field(default_factory=set)
    unrecorded: list[Tried] = field(default_factory=list)

    def record(self) -> None:
        emails_record(self.unrecorded)
        self.unrecorded.clear()


def emails_send_due(*, is_stopping: IsStopping = lambda: False) -> int:
    """Sends all due e-mails. Returns how many were sent.

    Raises MailServerUnreachableError; the mails that were not tried stay due and lose no attempt.
    """
    sent = 0
    with mail_server() as server:
        while emails_due():
            server.open()
            claimed = emails_claim()
            sent += _send(_Batch(claimed), server, is_stopping)
            # After a batch that was not full, nothing is due but what has failed a moment ago.
            if len(claimed) < BATCH or is_stopping():
                break
    return sent


def _send(batch: _Batch, server: MailServer, is_stopping: IsStopping) -> int:
    """Sends the claimed mails and returns how many were sent. Those that are not tried are released."""
    recorded_at = time.monotonic()

    def is_sent(mail: ClaimedEmail) -> bool:
        nonlocal recorded_at
        batch.tried.add(mail.id)
        tried = email_try(mail, server)
        batch.unrecorded.append(tried)
        if time.monotonic() > recorded_at + RECORD_SECONDS:
            batch.record()
            recorded_at = time.monotonic()
        return tried.outcome == EmailOutcome.SENT

    try:
        return process_each("e-mails", _while_open(batch, server), is_sent, is_stopping=is_stopping).done
    finally:
        batch.unrecorded.extend(Tried.not_tried(mail) for mail in batch.claimed if mail.id not in batch.tried)
        batch.record()


def _while_open(batch: _Batch, server: MailServer) -> Iterator[ClaimedEmail]:
    """Yields the mails for which the lease leaves time."""
    ends_at = time.monotonic() + LEASE.total_seconds() - emails.MAIL_SECONDS - emails.OPEN_SECONDS
    for mail in batch.claimed:
        if time.monotonic() > ends_at:
            return
        server.open()
        yield mail
