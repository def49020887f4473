"""Probes that find out whether the client service, and the ticket service behind it, answer."""

import uuid

import httpx

from frontend.api.errors import ClientError, Refused, ServiceUnreachable, Trouble
from frontend.api.transport import content, shared_transport

PROBE_SECONDS = 1.3
LONGEST_ANSWER_SECONDS = 20.0

ALWAYS_ASKED = f"/api/v1/events/{uuid.UUID(int=0)}"
"""The id of an event that cannot exist: the client service has no copy of it and asks the ticket service each time."""


async def trouble_of_client() -> Trouble | None:
    """Returns why the client service gives no usable answer; None if it is ready."""
    try:
        answer = await shared_transport().probe("/readyz", PROBE_SECONDS)
    except ServiceUnreachable as error:
        return error.trouble
    return None if answer.is_success else Trouble.NOT_READY


async def trouble_of_ticket() -> Trouble | None:
    """Returns why the ticket service gives no answer; None if it answers, or if the client service cannot be asked."""
    try:
        answer = await shared_transport().probe(ALWAYS_ASKED, LONGEST_ANSWER_SECONDS)
    except ServiceUnreachable:
        return None  # the client service itself is unreachable
    return Trouble.UNREACHABLE if _blames_ticket(answer) else None


def _blames_ticket(answer: httpx.Response) -> bool:
    try:
        content(answer)
    except Refused as refusal:
        return refusal.problem.type == "ticket-unavailable"
    except ClientError:
        return False
    return False
