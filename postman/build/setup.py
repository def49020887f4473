"""What every other folder needs: logins, two buyers, an organizer, an event with seats of its own."""

from __future__ import annotations

from postman.build.dsl import Folder, Request

TOKEN_CHECKS = ("pm.expect(body.access).to.be.a('string')", "pm.expect(body.refresh).to.be.a('string')")

SETUP = Folder(
    "0 Set up",
    "Run this folder first: it signs in staff, registers two buyers and lays out an event of its own, so that every "
    "run starts from a known state. "
    "Ids and tokens are kept in collection variables.",
    (
        Request(
            "Sign in as staff",
            "POST",
            "client/api/v1/auth/token",
            "Staff may manage users, events and seats.",
            200,
            body={"email": "{{staff_email}}", "password": "{{staff_password}}"},
            auth=None,
            before=("pm.collectionVariables.set('run', Date.now().toString(36));",),
            checks=TOKEN_CHECKS,
            keep={"staff_token": "body.access"},
        ),
        *(
            request
            for name in ("buyer", "rival")
            for request in (
                Request(
                    f"Register the {name}",
                    "POST",
                    "client/api/v1/auth/register",
                    "Anybody may register with an email address, a password and a name.",
                    201,
                    body={
                        "email": f"{name}-{{{{run}}}}@example.com",
                        "password": "correct-horse-{{run}}",
                        "name": f"Postman {name.title()}",
                    },
                    auth=None,
                    keep={f"{name}_id": "body.id"},
                ),
                Request(
                    f"Sign in as the {name}",
                    "POST",
                    "client/api/v1/auth/token",
                    "Answers a short-lived access token and a refresh token.",
                    200,
                    body={"email": f"{name}-{{{{run}}}}@example.com", "password": "correct-horse-{{run}}"},
                    auth=None,
                    checks=TOKEN_CHECKS,
                    keep={f"{name}_token": "body.access", f"{name}_refresh": "body.refresh"},
                ),
            )
        ),
        Request(
            "Create an organizer",
            "POST",
            "client/api/v1/organizers",
            "An organizer's own system is asked to hold seats at `{base_url}/holds`. Here it is the simulator.",
            201,
            body={
                "slug": "postman-{{run}}",
                "name": "Postman Presents",
                "base_url": "{{organizer_internal_url}}/postman-{{run}}",
            },
            auth="staff_token",
            keep={"organizer_slug": "body.slug"},
        ),
        Request(
            "Create an event",
            "POST",
            "client/api/v1/events",
            "Times are UTC; prices are in minor units of the event's currency.",
            201,
            body={
                "name": "An evening with Postman {{run}}",
                "venue": "Aula Barat ITB",
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
        ),
        Request(
            "Lay out its seats",
            "POST",
            "client/api/v1/events/{{event_id}}/seats",
            "A layout makes `rows` × `seats_per_row` seats of one section at one price.",
            201,
            body={"section": "Stalls", "rows": 4, "seats_per_row": 10, "price": 750000},
            auth="staff_token",
        ),
        Request(
            "See its seats",
            "GET",
            "client/api/v1/events/{{event_id}}/seats?limit=100",
            "Public. Each seat is OPEN, ON_GOING or BOOKED.",
            200,
            auth=None,
            checks=(
                "pm.expect(body.items).to.have.length(40)",
                "pm.expect(body.items.every(seat => seat.status === 'OPEN')).to.be.true",
            ),
            keep={f"seat_{index}": f"body.items[{index}].id" for index in range(12)},
        ),
    ),
)
