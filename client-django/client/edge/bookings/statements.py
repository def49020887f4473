"""The two written statements of an ordinary booking: what is stored before ticket is asked, and what after."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from django.db import connection
from rest_framework.response import Response

from client.accounts.models import User
from client.bookings.describe import Described, describe
from client.bookings.services import request_values
from client.bookings.store import STORE
from client.database.prepared import Prepared
from client.database.values import SqlValue
from client.edge.bookings.ordinary import OrdinaryRequest
from client.edge.idempotency import CLAIM, REMEMBER, claim_values
from client.edge.throttles import COUNT, BookingThrottle, Window, window_of
from client.notifications.refusals import refusal_statement
from client.notifications.snapshots import snapshot_statement
from config.env import environment

# Each part gets a row from the one before it only if that allows the next: nobody is counted whom the token does not
# name, and no key is claimed beyond the limit. `hash_password` of the token is made by simplejwt in the same way.
STATEMENT = """
    WITH buyer AS (
        SELECT id, name, email FROM accounts_user
        WHERE id = %(user_id)s AND is_active AND upper(md5(password)) = %(password_hash)s
    ),
    counted AS ({count}),
    allowed AS (SELECT FROM counted WHERE count <= %(allowed)s),
    claimed AS ({claim}),
    request AS (
        SELECT id FROM claimed UNION ALL SELECT %(new_id)s FROM allowed WHERE %(key)s IS NULL
    ),
    stored AS ({store} RETURNING id)
    SELECT buyer.name, buyer.email, counted.count, request.id, stored.id IS NOT NULL
    FROM buyer CROSS JOIN counted LEFT JOIN request ON true LEFT JOIN stored ON true
"""
RECORD = Prepared(
    "record_request",
    STATEMENT.format(
        count=COUNT.format(source="buyer"),
        claim=CLAIM.format(source="allowed WHERE %(key)s IS NOT NULL"),
        store=STORE.format(source="(SELECT request.id, buyer.id AS user_id FROM request, buyer)"),
    ),
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was stored of a request. `booking_id` is None if the key could not be claimed, or the limit is reached."""

    user: User
    is_allowed: bool
    retry_after: float
    booking_id: UUID | None
    is_new: bool
    """False if an earlier attempt of the same request has stored the booking."""
    event: Described
    seats: list[Described]
    created_at: datetime


def request_record(asked: OrdinaryRequest) -> Recorded | None:
    """Counts the request, claims its key and stores the booking. Returns None, and has written nothing, if the token
    names nobody who may book.
    """
    window: Window = window_of(BookingThrottle.scope, str(asked.user_id), environment().throttle_booking)
    event, seats = describe(event_id=asked.event_id, seat_ids=asked.seat_ids)
    stored = request_values(event_id=asked.event_id, event=event, seats=seats)
    claim = claim_values(caller=str(asked.user_id), key=asked.key, fingerprint=asked.fingerprint)
    who: dict[str, SqlValue] = {"user_id": asked.user_id, "password_hash": asked.password_hash}
    with connection.cursor() as cursor:
        RECORD.execute(cursor, {**stored, **claim, **window.values, **who, "allowed": window.allowed})
        row = cursor.fetchone()
    if row is None:
        return None
    name, email, count, booking_id, is_new = row
    return Recorded(
        user=User(id=asked.user_id, name=name, email=email),
        is_allowed=count <= window.allowed,
        retry_after=window.retry_after,
        booking_id=booking_id,
        is_new=is_new,
        event=event,
        seats=seats,
        created_at=cast("datetime", stored["created_at"]),
    )


# The answer is remembered with the change, and only with it. A refusal is the answer whatever has come before it.
HELD = snapshot_statement("hold", also=f"remembered AS ({REMEMBER} AND EXISTS (SELECT FROM applied))")
REFUSED = refusal_statement("refuse", also=f"remembered AS ({REMEMBER})")


def remembered_values(claimed: UUID | None, response: Response) -> dict[str, SqlValue]:
    """Returns the parameters of REMEMBER; without a key, there is nothing to remember the answer by."""
    return {"claimed": claimed, "status_code": response.status_code, "body": json.dumps(response.data)}
