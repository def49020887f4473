"""The collection as a whole."""

from __future__ import annotations

import json
from typing import Any

from postman.build.bad_input import BAD_INPUT
from postman.build.dsl import SCHEMA, render
from postman.build.schemas import SCHEMAS
from postman.build.services import CLIENT, ORGANIZER, PAYMENT, TICKET
from postman.build.setup import SETUP
from postman.build.stories import BOOKING_PAID, CANCEL, CHANCE, IDEMPOTENT, ORGANIZER_DECLINES, PAYMENT_FAILS, QUEUE

FOLDERS = (
    SETUP,
    BOOKING_PAID,
    ORGANIZER_DECLINES,
    PAYMENT_FAILS,
    CANCEL,
    QUEUE,
    IDEMPOTENT,
    BAD_INPUT,
    CHANCE,
    CLIENT,
    TICKET,
    PAYMENT,
    ORGANIZER,
)

DESCRIPTION = """A broker that sells seats of events that others organize.

Choose an environment (`compose` works as it is; for a local stack run `python -m postman.build --local`, which fills in
the keys of `./dev env`), then run the
whole collection, or the folder *0 Set up* and after it any other folder. Outcomes that are left to chance in real life
(the organizer declines 20 %, payment fails 10 %) are forced through
the simulation controls, so that every run is green; the folder *Left to chance* forces nothing."""

ALWAYS = [
    "pm.test('is never a server error of its own', () => pm.expect([500, 501, 505]).not.to.include(pm.response.code));",
    "if ((pm.response.headers.get('Content-Type') || '').includes('problem+json')) {",
    (
        "  pm.test('a problem document says type, title and status', () => "
        "pm.expect(pm.response.json()).to.include.all.keys('type', 'title', 'status', 'detail'));"
    ),
    "}",
]


def collection() -> dict[str, Any]:
    """The collection document, in Postman Collection Format v2.1."""
    return {
        "info": {
            "_postman_id": "5d0c6c9e-3f57-4b5f-9a43-6d9a7a1f2c11",
            "name": "Ticketing platform",
            "description": DESCRIPTION,
            "schema": SCHEMA,
        },
        "item": [render(folder) for folder in FOLDERS],
        "event": [{"listen": "test", "script": {"type": "text/javascript", "exec": ALWAYS}}],
        "variable": [
            {
                "key": "foreign_token",
                "value": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJub2JvZHkifQ.c2lnbmVkLWJ5LXNvbWVib2R5LWVsc2U",
            },
            *({"key": f"schema_{name}", "value": json.dumps(schema)} for name, schema in SCHEMAS.items()),
        ],
    }
