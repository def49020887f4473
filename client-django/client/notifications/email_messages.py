"""Composes the e-mail of a notification, with the PDF if it confirms a booking."""

import hashlib
from urllib.parse import urlsplit
from uuid import UUID

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from servicekit.text import put_on_one_line

from client.domain.errors import DomainError
from client.notifications.email_rows import ClaimedEmail
from client.notifications.kinds import NotificationKind
from client.observability import context
from client.outgoing.download import DownloadError, download
from client.ticket_api import calls as ticket
from config.env import environment

DOCUMENT_LIMIT = 5 * 1024 * 1024
DOWNLOAD_SECONDS = 10.0


class DocumentMissingError(Exception):
    """The PDF is missing, or its checksum does not match."""


def email_message(mail: ClaimedEmail, *, without_document: bool, connection: BaseEmailBackend) -> EmailMessage:
    """Returns the mail, which `connection` is to send. Raises DocumentMissingError."""
    link = f"{environment().frontend_url}/bookings"
    if mail.booking_id:
        link += f"?booking_id={mail.booking_id}"
    message = EmailMessage(
        subject=put_on_one_line(mail.title),
        body=f"Hello {mail.recipient_name},\n\n{mail.body}\n\nYour bookings: {link}\n",
        to=[mail.recipient_address],
        headers={"X-Notification-ID": str(mail.id)},
        connection=connection,
    )
    confirmation = mail.kind == NotificationKind.BOOKING_CONFIRMED
    if confirmation and mail.booking_id and not without_document:
        message.attach("ticket.pdf", _sent_along(mail) or _document(mail.booking_id), "application/pdf")
    return message


def _sent_along(mail: ClaimedEmail) -> bytes | None:
    """Downloads the PDF through the link that came with the booking's event, which spares a call of ticket.

    Returns None if there is no such link, it does not work any more, or the document was replaced since.
    """
    if not mail.document_url or not mail.document_sha256:
        return None
    try:
        content = _downloaded(mail.document_url)
    except DownloadError:
        return None
    return content if hashlib.sha256(content).hexdigest() == mail.document_sha256 else None


def _downloaded(url: str) -> bytes:
    address, headers = _reachable(url)
    return download(address, headers=headers, seconds=DOWNLOAD_SECONDS, limit=DOCUMENT_LIMIT)


def _document(booking_id: UUID) -> bytes:
    """Downloads the PDF through a new link and checks its SHA-256. Raises DocumentMissingError."""
    try:
        link = ticket.fetch_document_link(booking_id)
        content = _downloaded(link.url)
    except (DomainError, DownloadError) as error:
        raise DocumentMissingError(str(error)) from error
    if link.kind != "CONFIRMATION" and link.kind is not None:
        raise DocumentMissingError("the confirmation is not there yet")
    if hashlib.sha256(content).hexdigest() != link.sha256:
        raise DocumentMissingError("the document is not what its checksum says")
    return content


def _reachable(url: str) -> tuple[str, dict[str, str]]:
    """Returns the address and headers for the download. The signature covers the public host name, which stays in the
    Host header.
    """
    headers = {"traceparent": context.traceparent()}
    store = environment().document_store_url
    if not store:
        return url, headers
    public, inside = urlsplit(url), urlsplit(store)
    address = public._replace(scheme=inside.scheme, netloc=inside.netloc).geturl()
    return address, {**headers, "Host": public.netloc}
