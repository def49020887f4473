"""The client service: operations that only staff may call."""

from __future__ import annotations

from postman.build.dsl import Folder, Request
from postman.build.folders.sale_ends import new_event, new_seats

USERS = Folder(
    "Staff: CRUD for users",
    "Staff manage every account.",
    (
        Request(
            "Create a user",
            "POST",
            "client/api/v1/users",
            "An account that somebody else will use.",
            201,
            auth="staff_token",
            body={
                "email": "made-by-staff-{{run}}@example.com",
                "password": "correct-horse-{{run}}",
                "name": "Made By Staff",
            },
            keep={"made_user": "body.id"},
            keep_tag="made_user_tag",
        ),
        Request(
            "List users",
            "GET",
            "client/api/v1/users?limit=5&email=made-by-staff-{{run}}@example.com",
            "Can be filtered by address, by staff and by active accounts.",
            200,
            auth="staff_token",
            checks=("pm.expect(body.items.map(user => user.id)).to.eql([pm.collectionVariables.get('made_user')])",),
        ),
        Request(
            "Read a user",
            "GET",
            "client/api/v1/users/{{made_user}}",
            "One account, as staff sees it.",
            200,
            auth="staff_token",
        ),
        Request(
            "Update a user",
            "PATCH",
            "client/api/v1/users/{{made_user}}",
            "Only the fields that are sent change.",
            200,
            auth="staff_token",
            body={"name": "Renamed"},
            checks=("pm.expect(body.name).to.eql('Renamed')",),
            based_on="made_user_tag",
            keep_tag="made_user_tag",
        ),
        Request(
            "Delete a user",
            "DELETE",
            "client/api/v1/users/{{made_user}}",
            "The account is closed and anonymised; its history stays.",
            204,
            auth="staff_token",
            based_on="made_user_tag",
        ),
    ),
    needs_set_up=True,
)

CATALOGUE = Folder(
    "Staff: CRUD for events and seats",
    "The client app passes these calls on to the ticket app. Create, read and update of an event are called by the "
    "other folders, too.",
    (
        new_event("client", "staff_token", "A reading", "reading"),
        new_seats("client", "staff_token", "reading", 2, "reading_seat"),
        Request(
            "The same seats again",
            "POST",
            "client/api/v1/events/{{reading}}/seats",
            "Section, row and number name a seat, so there is only one of each.",
            409,
            auth="staff_token",
            body={"section": "Floor", "rows": 1, "seats_per_row": 2, "price": 100000},
            problem="seat-exists",
        ),
        Request(
            "Update a seat",
            "PATCH",
            "client/api/v1/events/{{reading}}/seats/{{reading_seat_1}}",
            "The seat has a new price.",
            200,
            auth="staff_token",
            body={"price": 125000},
            checks=("pm.expect(body.price).to.eql(125000)",),
            based_on="reading_seat_1_tag",
            keep_tag="reading_seat_1_tag",
        ),
        Request(
            "Delete a seat",
            "DELETE",
            "client/api/v1/events/{{reading}}/seats/{{reading_seat_1}}",
            "The seat can be deleted because nobody has booked it.",
            204,
            auth="staff_token",
            based_on="reading_seat_1_tag",
        ),
        Request(
            "The queues of an event",
            "GET",
            "client/api/v1/events/{{reading}}/waitlist",
            "Who queues for which seat: nobody so far.",
            200,
            auth="staff_token",
            checks=("pm.expect(body.items).to.eql([])",),
        ),
        Request(
            "A sale that closes before it opens",
            "PATCH",
            "client/api/v1/events/{{reading}}",
            "`sales_open_at` must be before `sales_close_at`.",
            422,
            auth="staff_token",
            body={"sales_open_at": "{{in_30_days}}", "sales_close_at": "{{in_29_days}}"},
            problem="validation-error",
            based_on="reading_tag",
        ),
        Request(
            "Delete the event",
            "DELETE",
            "client/api/v1/events/{{reading}}",
            "The event goes with its seats; that is possible because it has no bookings.",
            204,
            auth="staff_token",
            based_on="reading_tag",
        ),
    ),
    needs_set_up=True,
)

NO_KEY = "pm.expect(body.api_key).to.equal(undefined); pm.expect(body.api_key_set_at).to.be.a('string')"
SHAPE = "pm.expect(body).to.include.all.keys('slug', 'name', 'base_url')"


def organizers(service: str, auth: str) -> Folder:
    """Returns the CRUD requests for organizers at one of the two services that offer them."""
    slug = f"postman-{service}-{{{{run}}}}"
    address = f"{service}/api/v1/organizers"
    new = {"slug": slug, "name": "Passing By", "base_url": "{{organizer_internal_url}}/passing-by"}
    tag = f"{service}_organizer_tag"
    key = {"api_key": "a-key-that-only-passing-by-knows"}
    return Folder(
        "CRUD for organizers",
        "Whose events are sold, and where their own systems are.",
        (
            Request(
                "Create an organizer",
                "POST",
                address,
                "Its own system is asked at `{base_url}/holds`, with `api_key`, which is never shown.",
                201,
                auth=auth,
                headers={"Idempotency-Key": f"first-{slug}"},
                body={**new, **key},
                checks=(SHAPE, NO_KEY),
                keep_tag=tag,
            ),
            Request(
                "Create it again",
                "POST",
                address,
                "There is one organizer for each slug.",
                409,
                auth=auth,
                body=new,
                problem="organizer-exists",
            ),
            Request(
                "List organizers",
                "GET",
                f"{address}?limit=5",
                "The list comes page by page.",
                200,
                auth=auth,
                checks=("pm.expect(body.items.length).to.be.above(0)",),
            ),
            Request(
                "Read an organizer",
                "GET",
                f"{address}/{slug}",
                "An organizer is found by its slug.",
                200,
                auth=auth,
                checks=(SHAPE,),
            ),
            Request(
                "Update an organizer",
                "PATCH",
                f"{address}/{slug}",
                "Only the fields that are sent change.",
                200,
                auth=auth,
                body={"name": "Staying"},
                checks=("pm.expect(body.name).to.eql('Staying')",),
                based_on=tag,
                keep_tag=tag,
            ),
            Request(
                "Delete an organizer",
                "DELETE",
                f"{address}/{slug}",
                "The organizer can be deleted because it has no events.",
                204,
                auth=auth,
                based_on=tag,
            ),
            Request(
                "Delete an organizer with events",
                "DELETE",
                f"{address}/{{{{organizer_slug}}}}",
                "Refused: the event of the set-up belongs to it.",
                409,
                auth=auth,
                problem="organizer-in-use",
                based_on="organizer_tag",
            ),
        ),
        needs_set_up=True,
    )


ORGANIZERS = organizers("client", "staff_token")
