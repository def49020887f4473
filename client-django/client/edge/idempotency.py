"""Implements `Idempotency-Key` for every POST that creates something (contracts/README.md, conventions)."""

import functools
import hashlib
import hmac
import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Concatenate, ParamSpec

import structlog
from django.conf import settings
from django.db import connection
from django.db.utils import Error
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from client.database.failures import is_retryable
from client.database.values import SqlValue
from client.domain.errors import InvalidFieldError, RequestInProgressError
from client.edge import problems
from client.edge.errors import IdempotencyKeyReusedError
from client.edge.models import IdempotencyKey
from client.ticket_api.http import DEFINITE_5XX

REMEMBERED = timedelta(hours=24)
ABANDONED = timedelta(seconds=90)
"""Longer than any request may take: after that time its process is gone and a repeat may take over."""
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
# Refusals of this attempt, not of the request: the same request may succeed later.
NOT_AN_ANSWER = frozenset({401, 403, 429})
# Refusals of this attempt with another status: the first request is still running, or the buyer has to pay first.
NOT_FINAL = frozenset({"request-in-progress", "too-many-unpaid-seats"})
log = structlog.get_logger("client.idempotency")

# One statement decides which request is first. A key older than a day starts anew with a new id. A repeat of an
# abandoned request takes over its id, so that it finds whatever that request has stored. `source` has one row, or none
# to claim nothing.
CLAIM = """
    INSERT INTO api_idempotencykey AS kept (id, caller, key, fingerprint, created_at, claimed_at)
    SELECT %(new_id)s, %(caller)s, %(key)s, %(fingerprint)s, %(now)s, %(now)s FROM {source}
    ON CONFLICT (caller, key) DO UPDATE SET
        id = CASE WHEN kept.created_at < %(forgotten)s THEN excluded.id ELSE kept.id END,
        fingerprint = excluded.fingerprint, status_code = NULL, body = NULL, claimed_at = excluded.claimed_at,
        created_at = CASE WHEN kept.created_at < %(forgotten)s THEN excluded.created_at ELSE kept.created_at END
    WHERE kept.created_at < %(forgotten)s
       OR (kept.status_code IS NULL AND kept.claimed_at < %(abandoned)s AND kept.fingerprint = excluded.fingerprint)
    RETURNING id
"""
CLAIM_ONE = CLAIM.format(source="(SELECT) AS always")
# A part of a statement that makes a change, so that its answer is remembered if and only if the change is made.
REMEMBER = "UPDATE api_idempotencykey SET status_code = %(status_code)s, body = %(body)s WHERE id = %(claimed)s"
P = ParamSpec("P")
Post = Callable[Concatenate[Any, Request, P], Any]


def idempotent(handler: Post[P]) -> Post[P]:
    """Wraps the `post` of a view. Inside it, `creation_id(request)` is the id that repeats of the request share."""

    @functools.wraps(handler)
    def post(view: Any, request: Request, /, *args: P.args, **kwargs: P.kwargs) -> Any:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return handler(view, request, *args, **kwargs)
        fingerprint = fingerprint_of(request.method or "", request.path, request.data)
        # A visitor has no identity, and two visitors may choose the same key. Each request of a visitor has a key space
        # of its own, so that only who repeats the whole request, with its password, gets its answer.
        caller = str(request.user.pk) if request.user.is_authenticated else fingerprint
        if not is_key(key):
            raise InvalidFieldError("Idempotency-Key", "invalid", "Must be 1 to 255 printable ASCII characters.")
        claimed = key_claim(caller=caller, key=key, fingerprint=fingerprint)
        if isinstance(claimed, IdempotencyKey):
            return replay(claimed)
        request.creation_id = claimed  # type: ignore[attr-defined]
        handle = functools.partial(handler, view, request, *args, **kwargs)
        return answer_and_remember(claimed, handle, view.handle_exception)

    return post


def creation_id(request: Request) -> uuid.UUID:
    """Returns the id of what this request creates: one per Idempotency-Key, else a new one."""
    return getattr(request, "creation_id", None) or uuid.uuid4()


def key_claim(*, caller: str, key: str, fingerprint: str) -> uuid.UUID | IdempotencyKey:
    """Claims the key. Returns a new id if the request is to be carried out, or the stored row if it was answered
    before.
    """
    with connection.cursor() as cursor:
        cursor.execute(CLAIM_ONE, claim_values(caller=caller, key=key, fingerprint=fingerprint))
        row = cursor.fetchone()
    return answered_before(caller=caller, key=key, fingerprint=fingerprint) if row is None else uuid.UUID(str(row[0]))


def claim_values(*, caller: str, key: str | None, fingerprint: str) -> dict[str, SqlValue]:
    """Returns the parameters of CLAIM."""
    now: datetime = timezone.now()
    return {
        "new_id": uuid.uuid4(),
        "caller": caller,
        "key": key,
        "fingerprint": fingerprint,
        "now": now,
        "forgotten": now - REMEMBERED,
        "abandoned": now - ABANDONED,
    }


def answered_before(*, caller: str, key: str, fingerprint: str) -> IdempotencyKey:
    """Returns the stored answer of a key that could not be claimed. Raises IdempotencyKeyReusedError for another
    request, and RequestInProgressError if the first one has no answer yet.
    """
    kept = IdempotencyKey.objects.filter(caller=caller, key=key).first()
    if kept is not None and kept.fingerprint != fingerprint:
        raise IdempotencyKeyReusedError
    if kept is None or kept.status_code is None:
        raise RequestInProgressError
    return kept


def answer_and_remember(
    claimed: uuid.UUID, handle: Callable[[], Response], handle_exception: Callable[[Exception], Response]
) -> Response:
    """Carries the request out. `handle_exception` answers an exception, and raises again what it does not know."""
    try:
        try:
            response = handle()
        except Exception as error:  # noqa: BLE001 - sorted by `handle_exception`
            response = handle_exception(error)
    except BaseException:
        release(claimed)
        raise
    if not getattr(response, "is_remembered", False):
        settle(claimed, response)
    return response


def mark_remembered(response: Response) -> Response:
    """Returns the response, whose answer was stored by the statement that made the change."""
    response.is_remembered = True  # type: ignore[attr-defined]
    return response


def settle(claimed: uuid.UUID, response: Response) -> None:
    """Remembers a final answer; releases the claim after any other."""
    try:
        if is_final(response):
            _remember(claimed, response)
        else:
            release(claimed)
    except Error as error:
        if not is_retryable(error):
            raise
        # The change is made and the answer is true. A repeat finds the change once the claim counts as abandoned.
        log.warning("answer.not_stored", error=str(error))


def is_final(response: Response) -> bool:
    """Returns whether every repeat would get this answer. Any other answer leaves open whether the request was carried
    out: a repeat may get the real outcome.
    """
    if response.status_code < 400:
        return True
    kind = response.data.get("type") if isinstance(response.data, dict) else None
    if response.status_code >= 500:
        return kind in DEFINITE_5XX
    return response.status_code not in NOT_AN_ANSWER and kind not in NOT_FINAL


def _remember(claimed: uuid.UUID, response: Response) -> None:
    body = json.dumps(response.data, cls=JSONEncoder)
    IdempotencyKey.objects.filter(id=claimed).update(status_code=response.status_code, body=body)


def release(claimed: uuid.UUID) -> None:
    """Releases the claim: a repeat takes over at once, with the same id, and finds what this request has stored."""
    IdempotencyKey.objects.filter(id=claimed).update(claimed_at=LONG_AGO)


def replay(kept: IdempotencyKey) -> Response:
    problem = (kept.status_code or 0) >= 400
    return Response(
        json.loads(kept.body or "null"),
        status=kept.status_code,
        headers={"Idempotent-Replay": "true"},
        content_type=problems.MEDIA_TYPE if problem else None,
    )


def is_key(key: str) -> bool:
    return 1 <= len(key) <= 255 and key.isascii() and key.isprintable()


def fingerprint_of(method: str, path: str, data: object) -> str:
    """Returns a keyed hash of a request: the body may hold a password, and the fingerprint is stored for a day."""
    body = json.dumps(data, sort_keys=True, cls=JSONEncoder)
    message = f"{method} {path}\n{body}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), message, hashlib.sha256).hexdigest()
