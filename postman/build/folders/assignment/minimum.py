"""What the assignment asks for at least."""

from __future__ import annotations

from postman.build.dsl import Folder, Request

APPS = (("Client app", "client"), ("Ticket app", "ticket"), ("Payment app", "payment"))


def _alive(name: str, service: str) -> Request:
    return Request(
        f"{name}: the process lives",
        "GET",
        f"{service}/healthz",
        "Each app is a service of its own. With compose, `docker compose ps` shows its containers; their health check "
        "asks this address.",
        200,
        auth=None,
        checks=("pm.expect(body.status).to.eql('ok')",),
    )


def _database(name: str, service: str) -> Request:
    return Request(
        f"{name}: its database answers",
        "GET",
        f"{service}/readyz",
        "Look at `checks`: the service asks its own database. With compose each has a container of its own; no service "
        "has a login to another's.",
        200,
        auth=None,
        checks=("pm.expect(body.checks.database).to.eql('ok')",),
    )


MINIMUM = Folder(
    "Minimum",
    "What the assignment asks for at least.",
    (
        Folder(
            "All three services run in Docker",
            "Three services that are started, stopped and replicated independently.",
            tuple(_alive(name, service) for name, service in APPS),
            needs_set_up=True,
        ),
        Folder(
            "Each has its own database",
            "Three databases; no service reads or writes another's.",
            tuple(_database(name, service) for name, service in APPS),
            needs_set_up=True,
        ),
    ),
)
