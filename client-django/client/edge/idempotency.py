"""Implements `Idempotency-Key` for every POST that creates something (contracts/README.md, conventions)."""

import functools
import hashlib
import hmac
import json
import uuid
from collections.abc import Callable, Mapping
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
from rest_framework.views import APIView

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
# abandoned request takes over its id, so that it finds whatever that request has stored.
CLAIM = """
    INSERT INTO api_idempotencykey AS kept (id, caller, key, fingerprint, created_at, claimed_at)
    VALUES (%(id)s, %(caller)s, %(key)s, %(fingerprint)s, %(now)s, %(now)s)
    ON CONFLICT (caller, key) DO UPDATE SET
        id = CASE WHEN kept.created_at < %(forgotten)s THEN excluded.id ELSE kept.id END,
        fingerprint = excluded.fingerprint, status_code = NULL, body = NULL, claimed_at = excluded.claimed_at,
        created_at = CASE WHEN kept.created_at < %(forgotten)s THEN excluded.created_at ELSE kept.created_at END
    WHERE kept.created_at < %(forgotten)s
       OR (kept.status_code IS NULL AND kept.claimed_at < %(abandoned)s AND kept.fingerprint = excluded.fingerprint)
    RETURNING id
"""
P = ParamSpec("P")
Post = Callable[Concatenate[Any, Request, P], Any]


def idempotent(handler: Post[P]) -> Post[P]:
    """Wraps the `post` of a view. Inside it, `creation_id(request)` is the id that repeats of the request share."""

    @functools.wraps(handler)
    def post(view: Any, request: Request, /, *args: P.args, **kwargs: P.kwargs) -> Any:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return handler(view, request, *args, **kwargs)
        fingerprint = _fingerprint(request)
        # A visitor has no identity, and two visitors may choose the same key. Each request of a visitor has a key space
        # of its own, so that only who repeats the whole request, with its password, gets its answer.
        caller = str(request.user.pk) if request.user.is_authenticated else fingerprint
        claimed = key_claim(caller=caller, key=_checked(key), fingerprint=fingerprint)
        if isinstance(claimed, IdempotencyKey):
            return _replay(claimed)
        request.creation_id = claimed  # type: ignore[attr-defined]
        return _answer_and_remember(view, claimed, functools.partial(handler, view, request, *args, **kwargs))

    return post


def creation_id(request: Request) -> uuid.UUID:
    """Returns the id of what this request creates: one per Idempotency-Key, else a new one."""
    return getattr(request, "creation_id", None) or uuid.uuid4()


def key_claim(*, caller: str, key: str, fingerprint: str) -> uuid.UUID | IdempotencyKey:
    """Claims the key. Returns a new id if the request is to be carried out, or the stored row if it was answered
    before.
    """
    now: datetime = timezone.now()
    values: Mapping[str, SqlValue] = {
        "id": uuid.uuid4(),
        "caller": caller,
        "key": key,
        "fingerprint": fingerprint,
        "now": now,
        "forgotten": now - REMEMBERED,
        "abandoned": now - ABANDONED,
    }
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, values)
        row = cursor.fetchone()
    if row is not None:
        return uuid.UUID(str(row[0]))
    kept = IdempotencyKey.objects.filter(caller=caller, key=key).first()
    if kept is not None and kept.fingerprint != fingerprint:
        raise IdempotencyKeyReusedError
    if kept is None or kept.status_code is None:
        raise RequestInProgressError
    return kept


def _answer_and_remember(view: APIView, claimed: uuid.UUID, handle: Callable[[], Any]) -> Any:
    try:
        try:
            response = handle()
        except Exception as error:  # noqa: BLE001 - the view's own handler sorts it, and raises again what it does not know
            response = view.handle_exception(error)
    except BaseException:
        _release(claimed)
        raise
    try:
        if _is_final(response):
            _remember(claimed, response)
        else:
            _release(claimed)
    except Error as error:
        if not is_retryable(error):
            raise
        # The change is made and the answer is true. A repeat finds the change once the claim counts as abandoned.
        log.warning("answer.not_stored", error=str(error))
    return response


def _is_final(response: Response) -> bool:
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


def _release(claimed: uuid.UUID) -> None:
    """Releases the claim: a repeat takes over at once, with the same id, and finds what this request has stored."""
    IdempotencyKey.objects.filter(id=claimed).update(claimed_at=LONG_AGO)


def _replay(kept: IdempotencyKey) -> Response:
    problem = (kept.status_code or 0) >= 400
    return Response(
        json.loads(kept.body or "null"),
        status=kept.status_code,
        headers={"Idempotent-Replay": "true"},
        content_type=problems.MEDIA_TYPE if problem else None,
    )


def _checked(key: str) -> str:
    if not 1 <= len(key) <= 255 or not key.isascii() or not key.isprintable():
        raise InvalidFieldError("Idempotency-Key", "invalid", "Must be 1 to 255 printable ASCII characters.")
    return key


def _fingerprint(request: Request) -> str:
    """Returns a keyed hash: the body may hold a password, and the fingerprint is stored for a day."""
    body = json.dumps(request.data, sort_keys=True, cls=JSONEncoder)
    message = f"{request.method} {request.path}\n{body}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), message, hashlib.sha256).hexdigest()
