"""The preconditions of every other folder: working addresses and keys, logins, two buyers, an event with seats."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from postman.build.dsl import Folder, Request
from postman.build.environments import VARIABLES
from postman.build.folders.steps import SLOW_ORGANIZER, SLOW_PAYMENT
from postman.build.guards import SET_UP, START, environment_check, set_up_begins, set_up_done
from postman.build.openapi import SERVICES

STRANGER = "foreign_token"
KEPT = (STRANGER, *(f"openapi_{service}" for service in SERVICES))
"""The variables that the collection defines from the start."""

SEATS_PER_ROW, ROWS = 20, 10
LATENCY = f"{[SLOW_ORGANIZER, SLOW_PAYMENT]}.includes(body.latency_ms) ? 0 : body.latency_ms"
KEYS = (
    'choose the environment of this platform at the top right: "Ticketing: compose", or one that "./dev postman" makes '
    "(with --compose if .env has its own keys)"
)


def _accepts_its_key(name: str, url: str, **more: Any) -> Request:
    service = url.partition("/")[0]
    return Request(
        f"The {name} accepts its key",
        "GET",
        url,
        f"The {name} answers, and the key of the environment is right. If not, the run stops here and says what to do.",
        200,
        remedy=f"The {name} at {{{{{service}_url}}}} does not accept the key: {KEYS}.",
        **more,
    )


CHECKS = (
    Request(
        "The client service is ready",
        "GET",
        "client/readyz",
        "The client service answers, and so does its database. If not, the run stops here and says what to do.",
        200,
        auth=None,
        before=(*set_up_begins(KEPT), *environment_check(VARIABLES)),
        remedy=f"The client service is not ready at {{{{client_url}}}}: {START}.",
        after=("pm.collectionVariables.set('run', Date.now().toString(36));",),
    ),
    _accepts_its_key("ticket service", "ticket/api/v1/organizers?limit=1", auth="ticket_key"),
    _accepts_its_key(
        "payment service",
        "payment/simulation",
        auth="payment_key",
        keep={
            "payment_rate": "body.failure_rate",
            "payment_latency": LATENCY,
            "payment_seed": "JSON.stringify(body.seed)",
        },
    ),
    _accepts_its_key(
        "organizer simulator",
        "organizer/simulation",
        auth="organizer_key",
        keep={
            "organizer_rate": "body.failure_rate",
            "organizer_latency": LATENCY,
            "organizer_seed": "JSON.stringify(body.seed)",
        },
    ),
)


def register(who: str) -> Request:
    """Registers an account; keeps its id as `<who>_id`."""
    return Request(
        f"Register the {who}",
        "POST",
        "client/api/v1/auth/register",
        "Anybody may register with an email address, a password and a name. The address is new for every run.",
        201,
        body={
            "email": f"{who}-{{{{run}}}}@example.com",
            "password": "correct-horse-{{run}}",
            "name": f"Postman {who.title()}",
        },
        auth=None,
        keep={f"{who}_id": "body.id"},
    )


def sign_in(who: str) -> Request:
    """Signs in; keeps the access token as `<who>_token`."""
    return Request(
        f"Sign in as the {who}",
        "POST",
        "client/api/v1/auth/token",
        "Answers an access token, which lasts 15 minutes, and a refresh token.",
        200,
        body={"email": f"{who}-{{{{run}}}}@example.com", "password": "correct-horse-{{run}}"},
        auth=None,
        keep={f"{who}_token": "body.access", f"{who}_refresh": "body.refresh"},
    )


STAFF = Request(
    "Sign in as staff",
    "POST",
    "client/api/v1/auth/token",
    "Staff may manage users, events and seats. Address and password are those of the environment.",
    200,
    body={"email": "{{staff_email}}", "password": "{{staff_password}}"},
    auth=None,
    keep={"staff_token": "body.access"},
    remedy=f"The client service refuses the staff login: {KEYS}.",
)

EVENT = (
    Request(
        "Create an organizer",
        "POST",
        "client/api/v1/organizers",
        "An organizer's own system is asked to hold seats at `{base_url}/holds`. Here it is the simulator. "
        "By `api_key` this system knows the platform; nobody is shown it again.",
        201,
        body={
            "slug": "postman-{{run}}",
            "name": "Postman Presents",
            "base_url": "{{organizer_internal_url}}/postman-{{run}}",
            "api_key": "{{organizer_key}}",
        },
        auth="staff_token",
        keep={"organizer_slug": "body.slug"},
        keep_tag="organizer_tag",
    ),
    Request(
        "Create an event",
        "POST",
        "client/api/v1/events",
        "Times are UTC; prices are in minor units of the event's currency. The event has no seats yet.",
        201,
        body={
            "name": "An evening with Postman {{run}}",
            "venue": "Aula Barat ITB",
            "time_zone": "Asia/Jakarta",
            "starts_at": "{{in_30_days}}",
            "sales_open_at": "2020-01-01T00:00:00Z",
            "sales_close_at": "{{in_29_days}}",
            "organizer": "{{organizer_slug}}",
            "currency": "IDR",
        },
        auth="staff_token",
        before=(
            "const days = (n) => new Date(Date.now() + n * 864e5).toISOString().slice(0, 19) + 'Z';",
            "pm.collectionVariables.set('in_30_days', days(30));",
            "pm.collectionVariables.set('in_29_days', days(29));",
        ),
        keep={"event_id": "body.id"},
        keep_tag="event_tag",
    ),
    Request(
        "Lay out its seats",
        "POST",
        "client/api/v1/events/{{event_id}}/seats",
        f"A layout makes `rows` × `seats_per_row` seats of one section at one price: {ROWS * SEATS_PER_ROW} of them.",
        201,
        body={"section": "Stalls", "rows": ROWS, "seats_per_row": SEATS_PER_ROW, "price": 750000},
        auth="staff_token",
        checks=(
            f"pm.expect(body.items).to.have.length({ROWS * SEATS_PER_ROW})",
            "pm.expect(body.items.every(seat => seat.status === 'OPEN')).to.be.true",
        ),
        after=set_up_done(),
    ),
)

REQUESTS = (
    *CHECKS,
    STAFF,
    *(
        replace(request, remedy=request.remedy or "The set-up is not complete: see the answer of this request.")
        for request in (register("buyer"), sign_in("buyer"), register("rival"), sign_in("rival"), *EVENT)
    ),
)

SETUP = Folder(
    SET_UP,
    "Run this folder first, then any other folder. It checks that every service answers and accepts its key, signs in "
    "staff, registers two buyers and lays out a new event. Ids and tokens are kept in variables of the collection and "
    "last 14 minutes. If something is missing it stops at once and says what to do.",
    REQUESTS,
)

PREPARATION = Folder(
    "Preparation",
    f"The same requests as in the folder *{SET_UP}*, so that the assignment's folder can be run alone.",
    REQUESTS,
)
