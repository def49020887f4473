"""Assembles the collection."""

from __future__ import annotations

import json
from typing import Any

from postman.build.folders.assignment import ASSIGNMENT
from postman.build.folders.beyond import BEYOND
from postman.build.folders.operations import OPERATIONS
from postman.build.folders.set_up import SETUP, STRANGER
from postman.build.render import SCHEMA, render
from postman.build.schemas import all_definitions

FOLDERS = (SETUP, ASSIGNMENT, BEYOND, OPERATIONS)

DESCRIPTION = """A broker that sells seats of events that others organize: a client app, a ticket app and a payment app.

1. Choose an environment at the top right: *Ticketing: compose* for `docker compose up`, or *Ticketing: this machine* \
for `./dev up` (made by `./dev postman`).
2. Run the whole collection. Or run *1 The assignment, sentence by sentence* alone; or *0 Set up* and then any other \
folder.

Outcomes that are left to chance in real life (an organizer declines 20 % of the holds, 10 % of the payments fail) are \
forced through the simulation controls, so every run is green. Every request asserts its status and that its answer \
has the shape that the OpenAPI document of the service describes; the documents' schemas are variables of the \
collection."""


def collection() -> dict[str, Any]:
    """Returns the collection document, in Postman Collection Format v2.1."""
    return {
        "info": {
            "_postman_id": "5d0c6c9e-3f57-4b5f-9a43-6d9a7a1f2c11",
            "name": "Ticketing platform",
            "description": DESCRIPTION,
            "schema": SCHEMA,
        },
        "item": [render(folder) for folder in FOLDERS],
        "variable": [
            {
                "key": STRANGER,
                "value": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJub2JvZHkifQ.c2lnbmVkLWJ5LXNvbWVib2R5LWVsc2U",
            },
            *(
                {"key": f"openapi_{service}", "value": json.dumps({"definitions": schemas})}
                for service, schemas in all_definitions().items()
            ),
        ],
    }
