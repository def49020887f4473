"""The organizer simulator: the operations that the ticket service calls for every booking."""

from __future__ import annotations

from postman.build.dsl import Folder, Request
from postman.build.folders.operations.pages import pages
from postman.build.folders.steps import NOWHERE, force_holds, requests_of

_call = requests_of("organizer/postman-{{run}}/holds", "organizer_key")


def _hold(hold_id: str, *seats: str) -> dict[str, object]:
    return {"hold_id": hold_id, "event_ref": "concert", "seats": list(seats)}


ALL_HOLDS = Folder(
    "Holds",
    "The caller chooses the id of a hold, so a repeat is harmless.",
    (
        force_holds("fail"),
        _call(
            "Hold two seats: declined",
            "POST",
            "",
            409,
            "One request in five is declined; here it is forced. No hold exists afterwards.",
            before=("pm.collectionVariables.set('hold_id', pm.variables.replaceIn('{{$guid}}'));",),
            body=_hold("{{hold_id}}", "A-1", "A-2"),
            problem="declined",
        ),
        force_holds("ok"),
        _call(
            "Hold two seats",
            "POST",
            "",
            201,
            "The same id once more: this time it is granted.",
            body=_hold("{{hold_id}}", "A-1", "A-2"),
            checks=("pm.expect(body.status).to.eql('HELD')",),
        ),
        _call(
            "The same hold again",
            "POST",
            "",
            200,
            "The answer is the existing hold.",
            body=_hold("{{hold_id}}", "A-1", "A-2"),
            checks=("pm.expect(body.status).to.eql('HELD')",),
        ),
        _call(
            "A seat is held once",
            "POST",
            "",
            409,
            "Another hold wants a taken seat and is refused, so the organizer's system would detect a double sale.",
            body=_hold("{{$guid}}", "A-2"),
            problem="already-held",
            checks=("pm.expect(body.held_by).to.eql(pm.collectionVariables.get('hold_id'))",),
        ),
        _call(
            "Look it up",
            "GET",
            "/{{hold_id}}",
            200,
            "The ticket app does so if the answer to its request was lost.",
            checks=("pm.expect(body.seats).to.eql(['A-1', 'A-2'])",),
        ),
        _call("Look up an unknown hold", "GET", f"/{NOWHERE}", 404, "No hold has this id.", problem="not-found"),
        _call(
            "List holds",
            "GET",
            "?status=HELD&limit=5",
            200,
            "Look at `items`: the holds of one organizer.",
            checks=("pm.expect(body.items.every(hold => hold.status === 'HELD')).to.be.true",),
        ),
        _call(
            "Release it",
            "DELETE",
            "/{{hold_id}}",
            200,
            "A release is idempotent, and never declined.",
            checks=("pm.expect(body.status).to.eql('RELEASED')",),
        ),
        _call(
            "A released id is never held again",
            "POST",
            "",
            409,
            "A late request cannot create a hold that nobody would release.",
            body=_hold("{{hold_id}}", "A-1"),
            problem="released",
        ),
        Request(
            "A failure rate of 200 %",
            "PUT",
            "organizer/simulation",
            "A probability lies between 0 and 1.",
            422,
            auth="organizer_key",
            body={"failure_rate": 2},
            problem="validation-error",
            wrong_fields=("failure_rate",),
        ),
    ),
    needs_set_up=True,
)

ORGANIZER = Folder(
    "Organizer simulator",
    "Plays the organizers' own systems: holds and releases seats, declines one request in five.",
    (pages("organizer"), ALL_HOLDS),
)
